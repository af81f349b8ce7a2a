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
use IO::Socket::UNIX;
use POSIX qw(:sys_wait_h _exit);
use Time::HiRes qw(sleep);

use Files qw(save slurp);
use World ();
use World::Apache;
use World::Lighttpd;

our $ROOT = abs_path(dirname(__FILE__) . '/../../..');

# What may stand in front: the server, the file shipped for it, and whether
# the responder is started by someone else; thin: the server starts
# tocsin.cgi, and that a responder which stays.
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
        thin => 1,
    },
    'apache-fcgid' => {
        server => 'World::Apache',
        file => 'apache-conf/tocsin-fcgid.conf',
        modules => [qw(fcgid alias)],
        thin => 1,
    },
    'apache-proxy' => {
        server => 'World::Apache',
        file => 'apache-conf/tocsin-proxy.conf',
        modules => [qw(proxy proxy_fcgi env buffer)],
        socket => 1,
    },
    'lighttpd-cells' => {
        server => 'World::Lighttpd',
        file => 'lighttpd-conf/53-tocsin-cells.conf',
        modules => [qw(mod_auth mod_fastcgi)],
        cells => [qw(a b)],
    },
    'apache-cells' => {
        server => 'World::Apache',
        file => 'apache-conf/tocsin-cells.conf',
        modules => [qw(proxy proxy_fcgi env macro)],
        socket => 1,
        cells => [qw(a b)],
    },
    'apache-cgi' => {
        server => 'World::Apache',
        file => 'apache-conf/tocsin-cgi.conf',
        modules => [qw(cgid alias env)],
        thin => 1,
    },
    'apache-htaccess' => {
        server => 'World::Apache',
        file => 'apache-conf/htaccess.example',
        modules => [qw(fcgid alias rewrite suexec)],
        account => 1,
        thin => 1,
    },
);

our @NAMES = qw(lighttpd-spawn lighttpd-socket lighttpd-cgi
    apache-fcgid apache-proxy apache-cgi apache-htaccess);

# Start the front end called $name; $self->{url} leads to it.  Dies, and
# leaves nothing behind, when it does not answer.  Options:
#
#   database     conninfo of the responder, instead of what the environment
#                names; of the front ends with cells a and b that of each:
#                { a => ..., b => ... }, whose spools are spool_a and so on
#   settings     more of its configuration, instead of FRONT_SETTINGS
#   log_level    its own, debug by default
#   supervised   who starts it where the server does not: as systemd does,
#                again whenever it has ended
#   spool_bytes  the spool is a file system of its own, of that size
#   environment  of the responder, where lighttpd starts it
#   root         of another checkout, for the file that is shipped
sub start
{
    my ($class, $name, %o) = @_;
    my $front = $FRONTS{$name}
        or die "no such front end: $name (there are @NAMES)\n";
    my $self = bless {
        %$front,
        settings => $ENV{FRONT_SETTINGS} // '',
        log_level => 'debug',
        root => $ROOT,
        %o,
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
        if ($front->{cells}) {
            $self->start_responder("run/$_.sock", "cells/$_.conf")
                for $front->{socket} ? @{ $front->{cells} } : ();
        } elsif ($front->{socket}) {
            $o{supervised} ? $self->keep_responder : $self->start_responder;
        }
        $self->start_server;
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
    kill 'TERM', $self->residents;
    if (!World::await(5, sub { !(@left = $self->left) })) {
        $stubborn += @left;
        kill 'KILL', @left;
    }
    chdir '/';
    system 'umount', "$self->{dir}/spool" if $self->{mounted};
    remove_tree($self->{dir}) unless $ENV{FRONT_KEEP};
    return $stubborn;
}

sub left
{
    my ($self) = @_;
    return ($self->responders, running($self->{responder}));
}

# Start the web server, again after its end.
sub start_server
{
    my ($self) = @_;
    my $old = $self->{server_pid} // 0;

    $self->{pids} = [ grep { $_ != $old } @{ $self->{pids} } ];
    $self->{server_pid} =
        $self->spawn("$self->{dir}/server.log",
        $self->{server}->command($self));
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

# The pids of the processes that run from our copy of the program that the
# server starts.  They let nobody but root look at what they are, but at what
# they are called.
sub responders
{
    my ($self) = @_;
    return running($self->{program});
}

# And of the responder behind the door.
sub residents
{
    my ($self) = @_;
    return running($self->{responder}, '--door');
}

# Of all processes whose command line begins so.
sub running
{
    my $begin = join '', map { "$_\0" } @_;
    return grep {
        my $line = Files::peek("/proc/$_/cmdline") // '';
        substr($line, 0, length $begin) eq $begin;
    } map { m{/(\d+)$} } glob '/proc/[0-9]*';
}

sub lay_out
{
    my ($self) = @_;
    my $dir = $self->{dir};

    $self->{spool} = "$dir/spool";
    chmod 0711, $dir;
    make_path("$dir/bin", "$dir/conf", "$dir/www");
    chmod 0755, "$dir/bin", "$dir/conf", "$dir/www";
    for my $own (qw(run spool up)) {
        mkdir "$dir/$own", 0700;
        $self->give("$dir/$own");
    }
    $self->mount_spool if $self->{spool_bytes};
    $self->{responder} = World::copy_programs("$dir/bin", $self->{thin},
        $self->{root});
    ($self->{program} = $self->{responder}) =~ s/fcgi$/cgi/ if $self->{thin};
    $self->{program} //= $self->{responder};

    # The server may have to read it again when it is no longer root.
    ($self->{shipped} = "$dir/conf/$self->{file}") =~ s{/[\w-]+-conf/}{/};
    copy("$self->{root}/$self->{file}", $self->{shipped})
        or die "could not copy $self->{file}: $!\n";
    chmod 0644, $self->{shipped};
    $self->add_environment if $self->{environment};
    save("$dir/htpasswd",
        "operator:\$apr1\$tocsin\$.ebKSzqyFbxng2UXsOTyS1\n");
    save("$dir/error.log");
    $self->give("$dir/error.log");
    if ($self->{cells}) {
        $self->lay_out_cells;
    } else {
        $self->write_settings("$dir/tocsin.conf");
    }
    $self->{server}->write_configuration($self);
}

sub lay_out_cells
{
    my ($self) = @_;
    my $dir = $self->{dir};

    mkdir "$dir/cells", 0755;
    for my $cell (@{ $self->{cells} }) {
        local $self->{spool} = "$dir/spool_$cell";
        local $self->{database} = $self->{database}{$cell};
        mkdir $self->{spool}, 0700;
        $self->give($self->{spool});
        $self->write_settings("$dir/cells/$cell.conf");
    }
}

sub mount_spool
{
    my ($self) = @_;
    system('mount', '-t', 'tmpfs', '-o',
        "size=$self->{spool_bytes},mode=0700", 'none',
        "$self->{dir}/spool") == 0
        or die "could not mount\n";
    $self->{mounted} = 1;
    $self->give("$self->{dir}/spool");
}

# Into what the shipped file hands to the responder.
sub add_environment
{
    my ($self) = @_;
    my $path = $self->{shipped};
    my $more = join '', map { qq("$_" => "$self->{environment}{$_}",\n) }
        sort keys %{ $self->{environment} };
    my $text = slurp($path);

    $text =~ s/("bin-environment" => \(\n)/$1$more/
        or die "$path hands nothing to the responder\n";
    save($path, $text);
}

# The responder's configuration.
sub write_settings
{
    my ($self, $path) = @_;
    my $role = $ENV{TOCSIN_ROLE} // 'tocsin_web';
    my $database = $self->{database} // "host=$ENV{PGHOST} port=$ENV{PGPORT}"
        . " dbname=$ENV{PGDATABASE} user=$role";
    my @lines = (
        "database = $database",
        "spool = $self->{spool}",
        "log_level = $self->{log_level}",
        'spool_volatile = yes',
    );

    (my $base = $self->{base}) =~ s{/$}{};
    push @lines, "base_path = $base" if $base ne '';
    push @lines, split /\s*;\s*/, $self->{settings};
    save($path, map { "$_\n" } @lines);
}

sub start_responder
{
    my ($self, $socket, $conf) = @_;
    $self->{socket_path} = "$self->{dir}/" . ($socket // 'run/tocsin.sock');
    $conf //= 'tocsin.conf';
    my @user = $self->{user} ? ('-u', $self->{user}, '-g', 'www-data') : ();

    # -n: it stays our child.
    $self->{responder_pid} = $self->spawn(
        "$self->{dir}/responder.log",
        'env', '-i', "PATH=$ENV{PATH}", "TOCSIN_CONF=$self->{dir}/$conf",
        'spawn-fcgi', '-n', '-s', $self->{socket_path}, '-M', '0660', @user,
        '--', $self->{program});
}

# As systemd does it: the socket is kept open and each responder inherits
# it, so that what connects while there is none is served by the next.
sub keep_responder
{
    my ($self) = @_;
    my ($uid, $gid) = (getpwnam($self->{user} // ''))[ 2, 3 ];
    my $path = $self->{socket_path} = "$self->{dir}/run/tocsin.sock";
    my $socket = IO::Socket::UNIX->new(Local => $path, Listen => 1024)
        or die "could not listen on $path: $!\n";

    chmod 0660, $path;
    $self->give($path);
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        setpgrp;
        delete @ENV{ grep { /^(PG|TOCSIN_)/ } keys %ENV };
        $ENV{TOCSIN_CONF} = "$self->{dir}/tocsin.conf";
        open STDOUT, '>>', "$self->{dir}/responder.log";
        open STDERR, '>&', \*STDOUT;
        open STDIN, '<&', $socket or _exit(1);
        close $socket;
        if ($self->{user}) {
            $) = "$gid $gid";
            POSIX::setgid($gid);
            POSIX::setuid($uid);
        }
        supervise($self->{program});
        _exit(0);
    }
    close $socket;
    push @{ $self->{pids} }, $pid;
    $self->{responder_pid} = $pid;
}

sub supervise
{
    my ($program) = @_;
    my ($child, $stopping);

    $SIG{TERM} = sub {
        $stopping = 1;
        kill 'TERM', $child if $child;
    };
    while (!$stopping) {
        $child = fork // _exit(1);
        if (!$child) {
            $SIG{TERM} = 'DEFAULT';
            exec { $program } $program or _exit(127);
        }
        while (waitpid($child, 0) == -1) { }
        sleep 0.1 unless $stopping;
    }
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
    my $id = join '_', 'int', $self->{cells} ? $self->{cells}[0] : (), 'start';
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
            print $s "GET $self->{base}integration/$id HTTP/1.0\r\n\r\n";
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
