# SPDX-License-Identifier: ISC
package World::Front;

# A web server with the responder behind it, on a free port of 127.0.0.1,
# with the very file that is shipped for it.  Everything it writes lies in
# one temporary directory; started by root, it runs as www-data.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(:sys_wait_h _exit);

use Files qw(save);
use World ();
use World::Apache;
use World::Lighttpd;

our $ROOT = abs_path(dirname(__FILE__) . '/../../..');

# What may stand in front: the server, the file shipped for it, and whether
# the responder is started by someone else.
our %FRONTS = (
    'lighttpd-spawn' => {
        server => 'World::Lighttpd',
        file => 'lighttpd-conf/50-tocsin.conf',
        modules => [qw(mod_auth mod_fastcgi)],
    },
    'lighttpd-socket' => {
        server => 'World::Lighttpd',
        file => 'lighttpd-conf/51-tocsin-socket.conf',
        modules => [qw(mod_auth mod_fastcgi)],
        socket => 1,
    },
    'lighttpd-cgi' => {
        server => 'World::Lighttpd',
        file => 'lighttpd-conf/52-tocsin-cgi.conf',
        modules => [qw(mod_auth mod_setenv mod_cgi)],
    },
    'apache-fcgid' => {
        server => 'World::Apache',
        file => 'apache-conf/tocsin-fcgid.conf',
        modules => [qw(fcgid alias)],
    },
    'apache-proxy' => {
        server => 'World::Apache',
        file => 'apache-conf/tocsin-proxy.conf',
        modules => [qw(proxy proxy_fcgi env)],
        socket => 1,
    },
    'apache-cgi' => {
        server => 'World::Apache',
        file => 'apache-conf/tocsin-cgi.conf',
        modules => [qw(cgid alias env)],
    },
    'apache-htaccess' => {
        server => 'World::Apache',
        file => 'apache-conf/htaccess.example',
        modules => [qw(fcgid alias rewrite suexec)],
        account => 1,
    },
);

our @NAMES = qw(lighttpd-spawn lighttpd-socket lighttpd-cgi
    apache-fcgid apache-proxy apache-cgi apache-htaccess);

# Start the front end called $name; $self->{url} leads to it.  Dies, and
# leaves nothing behind, when it does not answer.
sub start
{
    my ($class, $name) = @_;
    my $front = $FRONTS{$name}
        or die "no such front end: $name (there are @NAMES)\n";
    my $self = bless {
        %$front,
        name => $name,
        dir => tempdir('tocsin.XXXXXX', DIR => '/tmp'),
        port => free_port(),
        base => $ENV{FRONT_BASE} // '/',
        pids => [],
    }, $class;

    $self->{user} = 'www-data' if $> == 0;
    $self->{url} = "http://127.0.0.1:$self->{port}$self->{base}";
    eval {
        $self->lay_out;
        $self->start_responder if $front->{socket};
        $self->{server_pid} =
            $self->spawn("$self->{dir}/server.log",
            $front->{server}->command($self));
        $self->await_answer;
        1;
    } or do {
        my $why = $@;
        $self->show_logs;
        $self->stop;
        die $why;
    };
    return $self;
}

# End all that was started.  Returns the number of processes that had to be
# killed because they did not end when they were told to.
sub stop
{
    my ($self) = @_;
    my $stubborn = 0;

    # The server first, so that nothing it is doing is cut off.
    for my $pid (reverse @{ $self->{pids} }) {
        kill 'TERM', $pid;
        next if World::await(10, sub { waitpid($pid, WNOHANG) != 0 });
        $stubborn++;
        kill 'KILL', $pid;
        waitpid($pid, 0);
    }
    my @left;
    if (!World::await(5, sub { !(@left = $self->responders) })) {
        $stubborn += @left;
        kill 'KILL', @left;
    }
    chdir '/';
    remove_tree($self->{dir}) unless $ENV{FRONT_KEEP};
    return $stubborn;
}

# The environment in which a test finds the front end.
sub environment
{
    my ($self) = @_;
    return (
        FRONT => $self->{name},
        BASE_URL => $self->{url},
        FRONT_DIR => $self->{dir},
        FRONT_PID => $self->{server_pid},
        FRONT_PROGRAM => $self->{program},
        FRONT_RESPONDER_PID => $self->{responder_pid} // '',
        FRONT_SUEXEC => $self->{suexec} ? 'yes' : '',
    );
}

# The pids of the responders that run from our copy of the program.  They
# let nobody but root look at what they are, but at what they are called.
sub responders
{
    my ($self) = @_;
    return grep { runs($_, $self->{program}) }
        map { m{/(\d+)$} } glob '/proc/[0-9]*';
}

sub runs
{
    my ($pid, $program) = @_;
    open my $f, '<', "/proc/$pid/cmdline" or return 0;
    local $/ = "\0";
    return (<$f> // '') eq "$program\0";
}

sub lay_out
{
    my ($self) = @_;
    my $dir = $self->{dir};

    chmod 0711, $dir;
    make_path("$dir/bin", "$dir/conf", "$dir/www");
    chmod 0755, "$dir/bin", "$dir/conf", "$dir/www";
    for my $own (qw(run spool up)) {
        mkdir "$dir/$own", 0700;
        $self->give("$dir/$own");
    }
    $self->{program} = "$dir/bin/tocsin.fcgi";
    my $program = $ENV{TOCSIN_PROGRAM} // "$ROOT/build/tocsin.fcgi";
    copy($program, $self->{program}) or die "could not copy $program: $!\n";
    chmod 0755, $self->{program};

    # The server may have to read it again when it is no longer root.
    ($self->{shipped} = "$dir/conf/$self->{file}") =~ s{/[\w-]+-conf/}{/};
    copy("$ROOT/$self->{file}", $self->{shipped})
        or die "could not copy $self->{file}: $!\n";
    chmod 0644, $self->{shipped};
    save("$dir/htpasswd",
        "operator:\$apr1\$tocsin\$.ebKSzqyFbxng2UXsOTyS1\n");
    save("$dir/error.log");
    $self->give("$dir/error.log");
    $self->write_settings("$dir/tocsin.conf");
    $self->{server}->write_configuration($self);
}

# The responder's configuration.
sub write_settings
{
    my ($self, $path) = @_;
    my $role = $ENV{TOCSIN_ROLE} // 'tocsin_web';
    my @lines = (
        "database = host=$ENV{PGHOST} port=$ENV{PGPORT}"
            . " dbname=$ENV{PGDATABASE} user=$role",
        'log_level = debug',
        'spool_volatile = yes',
    );

    (my $base = $self->{base}) =~ s{/$}{};
    push @lines, "base_path = $base" if $base ne '';
    push @lines, split /\s*;\s*/, $ENV{FRONT_SETTINGS} // '';
    save($path, map { "$_\n" } @lines);
}

sub start_responder
{
    my ($self) = @_;
    $self->{socket_path} = "$self->{dir}/run/tocsin.sock";
    my @user = $self->{user} ? ('-u', $self->{user}, '-g', 'www-data') : ();

    # -n: it stays our child.
    $self->{responder_pid} = $self->spawn(
        "$self->{dir}/responder.log",
        'env', '-i', "PATH=$ENV{PATH}", "TOCSIN_CONF=$self->{dir}/tocsin.conf",
        "TOCSIN_SPOOL=$self->{dir}/spool",
        'spawn-fcgi', '-n', '-s', $self->{socket_path}, '-M', '0660', @user,
        '--', $self->{program});
}

# Run a command in a process group of its own: Ctrl-C is not meant for it.
sub spawn
{
    my ($self, $log, @command) = @_;
    my $pid = fork // die "could not fork: $!\n";

    if (!$pid) {
        setpgrp;
        delete @ENV{ grep { /^(PG|TOCSIN_)/ } keys %ENV };
        # Debian's web servers lie where a user's PATH does not lead.
        $ENV{PATH} .= ':/usr/sbin';
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $log;
        open STDERR, '>&', \*STDOUT;
        { no warnings 'exec'; exec { $command[0] } @command; }
        _exit(127);
    }
    push @{ $self->{pids} }, $pid;
    return $pid;
}

# A GET is answered by the responder without a look at the database.
sub await_answer
{
    my ($self) = @_;
    my $ready = World::await(
        20,
        sub {
            die "$self->{name} ended at its start\n"
                if waitpid($self->{server_pid}, WNOHANG) != 0;
            my $s = IO::Socket::INET->new(
                PeerAddr => '127.0.0.1',
                PeerPort => $self->{port},
                Timeout => 5
            ) or return 0;
            print $s "GET $self->{base}integration/int_start HTTP/1.0\r\n\r\n";
            my $line = <$s> // '';
            return $line =~ m{^HTTP/1\.. [24]} && $line !~ / 404 /;
        });
    die "$self->{name} does not answer\n" unless $ready;
}

sub show_logs
{
    my ($self) = @_;
    for my $log (glob "$self->{dir}/*.log") {
        open my $f, '<', $log or next;
        my @lines = <$f>;
        splice @lines, 0, @lines - 20 if @lines > 20;
        print STDERR "$log:\n", @lines;
    }
}

# Make a file the server's own.
sub give
{
    my ($self, @paths) = @_;
    return unless $self->{user};
    my ($uid, $gid) = (getpwnam $self->{user})[ 2, 3 ];
    chown $uid, $gid, @paths;
}

sub free_port
{
    my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        or die "no free port: $!\n";
    return $s->sockport;
}

1;
