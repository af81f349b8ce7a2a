# SPDX-License-Identifier: ISC
package Bench::Peer;

# The contenders that are not ours: PHP-FPM behind lighttpd, and Alertmanager.
# Each has a directory of its own and a free port of 127.0.0.1; started by
# root, they run as www-data.

use strict;
use warnings;

use File::Copy qw(copy);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use FindBin ();
use IO::Socket::INET;
use POSIX qw(:sys_wait_h _exit);
use Time::HiRes qw(sleep time);

# Each child has a connection and one request at a time.  Of 8, 16, 32 and
# 64 children this many were the fastest.
my $PHP_CHILDREN = 32;

my $USER = $> == 0 ? 'www-data' : undef;

sub php
{
    my ($class) = @_;
    my $self = $class->make;
    my $dir = $self->{dir};

    mkdir "$dir/www", 0755;
    copy("$FindBin::Bin/ingest.php", "$dir/www/ingest.php")
        or die "could not copy ingest.php: $!\n";
    chmod 0644, "$dir/www/ingest.php";
    write_file("$dir/fpm.conf", fpm_settings($dir));
    write_file("$dir/lighttpd.conf", lighttpd_settings($self));
    $self->spawn('php-fpm8.2', '-F', '-y', "$dir/fpm.conf");
    $self->await(sub { -S "$dir/run/php.sock" });
    $self->spawn('lighttpd', '-D', '-f', "$dir/lighttpd.conf");
    $self->await_port;
    $self->{url} = "http://127.0.0.1:$self->{port}/ingest.php/";
    return $self;
}

sub alertmanager
{
    my ($class) = @_;
    my $self = $class->make;
    my $dir = $self->{dir};
    my @as_user =
        $USER
        ? ('setpriv', "--reuid=$USER", "--regid=$USER", '--init-groups')
        : ();

    write_file("$dir/alertmanager.yml",
        "route:\n  receiver: nobody\nreceivers:\n- name: nobody\n");
    $self->spawn(
        @as_user, 'prometheus-alertmanager',
        "--config.file=$dir/alertmanager.yml",
        "--storage.path=$dir/run",
        "--web.listen-address=127.0.0.1:$self->{port}",
        '--cluster.listen-address=', '--log.level=error');
    $self->await_port;
    $self->{url} = "http://127.0.0.1:$self->{port}/api/v2/alerts";
    return $self;
}

sub fpm_settings
{
    my ($dir) = @_;
    my $user = $USER ? "user = $USER\nlisten.owner = $USER\n" : '';
    my $database = "host=$ENV{PGHOST} port=$ENV{PGPORT}"
        . " dbname=$ENV{PGDATABASE} user=tocsin_web";

    return <<"END";
[global]
error_log = $dir/server.log
[bench]
${user}listen = $dir/run/php.sock
listen.backlog = 511
pm = static
pm.max_children = $PHP_CHILDREN
env[BENCH_DATABASE] = "$database"
END
}

sub lighttpd_settings
{
    my ($self) = @_;
    my $dir = $self->{dir};
    my $user = $USER // '';

    return <<"END";
server.modules = ( "mod_fastcgi" )
server.document-root = "$dir/www"
server.upload-dirs = ( "$dir/run" )
server.errorlog = "$dir/run/error.log"
server.username = "$user"
server.groupname = "$user"
server.bind = "127.0.0.1"
server.port = $self->{port}
fastcgi.server = ( ".php" => (( "socket" => "$dir/run/php.sock" )) )
END
}

# How many alerts Alertmanager says it has taken.
sub alerts_received
{
    my ($self) = @_;
    require HTTP::Tiny;
    my $answer = HTTP::Tiny->new->get(
        "http://127.0.0.1:$self->{port}/metrics");
    my $n = 0;
    $n += $1 while $answer->{content} =~
        /^alertmanager_alerts_received_total\{[^}]*\} (\S+)$/mg;
    return $n;
}

sub make
{
    my ($class) = @_;
    my $dir = tempdir('tocsin.XXXXXX', DIR => '/tmp');
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', Listen => 1) or die "no free port: $!\n";

    chmod 0711, $dir;
    mkdir "$dir/run", 0700;
    chown((getpwnam $USER)[ 2, 3 ], "$dir/run") if $USER;
    return bless {
        dir => $dir,
        port => $listener->sockport,
        pids => [],
    }, $class;
}

# In a process group of its own: Ctrl-C is not meant for it.
sub spawn
{
    my ($self, @command) = @_;
    my $pid = fork // die "could not fork: $!\n";

    if (!$pid) {
        setpgrp;
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/server.log";
        open STDERR, '>&', \*STDOUT;
        { no warnings 'exec'; exec { $command[0] } @command; }
        _exit(127);
    }
    push @{ $self->{pids} }, $pid;
}

sub await
{
    my ($self, $met) = @_;
    my $until = time + 20;

    until ($met->()) {
        sleep 0.02;
        next if time < $until
            && waitpid($self->{pids}[-1], WNOHANG) == 0;
        open my $log, '<', "$self->{dir}/server.log";
        print STDERR <$log>;
        $self->stop;
        die "a server of the benchmark did not start\n";
    }
}

sub await_port
{
    my ($self) = @_;
    $self->await(sub {
        IO::Socket::INET->new(
            PeerAddr => '127.0.0.1', PeerPort => $self->{port});
    });
}

# End its processes.  Returns how many had to be killed.
sub stop
{
    my ($self) = @_;
    my $killed = 0;

    for my $pid (reverse @{ $self->{pids} }) {
        kill 'TERM', $pid;
        my $until = time + 10;
        while (waitpid($pid, WNOHANG) == 0) {
            sleep 0.02;
            next if time < $until;
            kill 'KILL', $pid;
            $until = time + 10;
            $killed++;
        }
    }
    $self->{pids} = [];
    remove_tree($self->{dir});
    return $killed;
}

sub write_file
{
    my ($path, @text) = @_;
    open my $f, '>', $path or die "could not write $path: $!\n";
    print $f @text;
    close $f or die "could not write $path: $!\n";
    chmod 0644, $path;
}

1;
