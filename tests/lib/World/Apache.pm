# SPDX-License-Identifier: ISC
package World::Apache;

# Apache, configured as Debian does it, with one of our files enabled; or a
# shared host with an account, where suEXEC runs its programs.

use strict;
use warnings;

use File::Copy qw(copy);
use File::Path qw(make_path);

use Files qw(save);

my $MODULES = '/usr/lib/apache2/modules';

# An account that no other program knows of.
my ($ACCOUNT, $UID) = ('tocsin-account', 31_415);

sub command
{
    my ($class, $front) = @_;
    my $dir = $front->{dir};
    my @apache = ('apache2', '-D', 'FOREGROUND', '-f', "$dir/apache2.conf");

    return @apache unless $front->{suexec};

    # suEXEC knows one place for its settings, its log and its accounts:
    # in a mount namespace they are ours.
    return ('unshare', '--mount', 'sh', '-ec', <<'END', 'sh', $dir, @apache);
cd "$1"
shift
mount --bind passwd /etc/passwd
mount --bind group /etc/group
mount --bind suexec /etc/apache2/suexec/www-data
mount --bind logs /var/log/apache2
exec "$@"
END
}

sub write_configuration
{
    my ($class, $front) = @_;
    my $dir = $front->{dir};

    if ($front->{account}) {
        $front->{suexec} = can_suexec();
        $class->make_account($front);
    }
    save(
        "$dir/apache2.conf",
        $class->server_part($front),
        $front->{account}
        ? $class->host_part($front)
        : $class->shipped_part($front));
}

sub server_part
{
    my ($class, $front) = @_;
    my $dir = $front->{dir};
    my @modules = (qw(mpm_event authn_core authn_file authz_core authz_host),
        qw(authz_user auth_basic mime setenvif reqtimeout dir),
        @{ $front->{modules} });
    my $load = join '', map { "LoadModule ${_}_module $MODULES/mod_$_.so\n" }
        grep { $_ ne 'suexec' || $front->{suexec} } @modules;
    my $user = $front->{user}
        ? "User $front->{user}\nGroup $front->{user}\n"
        : '';

    return <<"END";
ServerRoot $dir
ServerName localhost
DefaultRuntimeDir $dir/run
PidFile $dir/apache2.pid
ErrorLog $dir/error.log
LogLevel info
Listen 127.0.0.1:$front->{port}
$user$load
DocumentRoot $dir/www
TypesConfig /etc/mime.types
Timeout 60
RequestReadTimeout header=20-40,minrate=500
RequestReadTimeout body=10,minrate=500
<IfModule mod_fcgid.c>
    FcgidIPCDir $dir/run/fcgid
    FcgidProcessTableFile $dir/run/fcgid_shm
    FcgidConnectTimeout 20
    AddHandler fcgid-script .fcgi
</IfModule>
<IfModule mod_cgid.c>
    ScriptSock $dir/run/cgisock
</IfModule>
<Directory />
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
<Directory $dir/www>
    Require all granted
</Directory>
END
}

# What is different from the shipped file on this host, as its operator
# would say it.  Those of the first round name the spool: tests/bench.
sub shipped_part
{
    my ($class, $front) = @_;
    my $dir = $front->{dir};

    return <<"END";
Define TOCSIN_PROGRAM $front->{program}
Define TOCSIN_CONF $dir/tocsin.conf
Define TOCSIN_SPOOL $dir/spool
Define TOCSIN_SOCKET $dir/run/tocsin.sock
Define TOCSIN_SOCKETS $dir/run/
Define TOCSIN_BASE $front->{base}
Define TOCSIN_HTPASSWD $dir/htpasswd
Include $front->{shipped}
END
}

# The host's own part, which an account cannot change.
sub host_part
{
    my ($class, $front) = @_;
    my $home = "$front->{dir}/home";
    my $run_as = $front->{suexec}
        ? "SuexecUserGroup $ACCOUNT $ACCOUNT"
        : "FcgidInitialEnv TOCSIN_CONF $home/.config/tocsin.conf";

    return <<"END";
FcgidMaxRequestLen 16777216
FcgidMaxProcessesPerClass 8
FcgidInitialEnv TOCSIN_LEAKED yes
<VirtualHost *:$front->{port}>
    DocumentRoot $home/public_html
    $run_as
    <Directory $home/public_html>
        AllowOverride All
        Require all granted
    </Directory>
</VirtualHost>
END
}

# What the owner of the account puts there, as htaccess.example says.
sub make_account
{
    my ($class, $front) = @_;
    my $dir = $front->{dir};
    my $home = "$dir/home";
    my $public = "$home/public_html" . $front->{base};

    make_path("$home/tocsin/lib/tocsin", "$home/.config", $public);
    chmod 0755, "$home/public_html", $public;
    chmod 0711, $home;
    my $conf = "$World::Front::ROOT/apache-conf";
    copy("$conf/htaccess.example", "$public/.htaccess");
    copy("$conf/tocsin.fcgi.example", "$public/tocsin.fcgi");
    reach_up("$public/tocsin.fcgi") if $front->{base} ne '/';
    for (@$front{qw(responder program)}) {
        my $to = s{.*/}{$home/tocsin/lib/tocsin/}r;
        rename $_, $to;
        $_ = $to;
    }
    $front->{spool} = "$home/tocsin/spool";
    $front->write_settings("$home/.config/tocsin.conf");
    chmod 0600, "$home/.config/tocsin.conf";
    chmod 0644, "$public/.htaccess";
    chmod 0755, "$public/tocsin.fcgi", $front->{program}, "$home/tocsin";
    if ($front->{suexec}) {
        system 'chown', '-R', "$UID:$UID", $home;
        $class->make_host_files($dir);
        # The account is a stranger to PostgreSQL's directory.
        chmod 0711, $ENV{PGHOST} if -d ($ENV{WITH_POSTGRES} // '');
    } elsif ($front->{user}) {
        system 'chown', '-R', "$front->{user}:", $home;
    }
}

# From a folder of public_html the way is longer.
sub reach_up
{
    my ($path) = @_;
    open my $f, '<', $path or die "$path: $!\n";
    my @lines = map { s{cd \.\./tocsin}{cd ../../tocsin}r } <$f>;
    save($path, @lines);
}

sub make_host_files
{
    my ($class, $dir) = @_;
    copy('/etc/passwd', "$dir/passwd");
    copy('/etc/group', "$dir/group");
    open my $f, '>>', "$dir/passwd" or die "$dir/passwd: $!\n";
    print $f "$ACCOUNT:x:$UID:${UID}::$dir/home:/usr/sbin/nologin\n";
    close $f;
    open $f, '>>', "$dir/group" or die "$dir/group: $!\n";
    print $f "$ACCOUNT:x:$UID:\n";
    close $f;
    chmod 0644, "$dir/passwd", "$dir/group";
    save("$dir/suexec", "$dir/home\npublic_html\n");
    mkdir "$dir/logs", 0755;
}

# suEXEC wants root, its program, and a mount namespace to be set up in.
sub can_suexec
{
    return
           $> == 0
        && -u '/usr/lib/apache2/suexec'
        && -f '/etc/apache2/suexec/www-data'
        && system('unshare --mount mount --bind /etc/group /etc/group'
            . ' 2>/dev/null') == 0;
}

1;
