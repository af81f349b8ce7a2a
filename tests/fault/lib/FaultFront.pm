# SPDX-License-Identifier: ISC
package FaultFront;

# A front end that can be killed and started again, and whose responder may
# have another database than the one that the environment names.
#
#   $DATABASE     its conninfo
#   $SPOOL_BYTES  the spool is a file system of its own, of that size
#   %ENVIRONMENT  of the responder, where lighttpd starts it

use strict;
use warnings;

use parent qw(World::Front);

use File::Path qw(remove_tree);
use IO::Socket::UNIX;
use POSIX qw(:sys_wait_h _exit);
use Time::HiRes qw(sleep);

our ($DATABASE, $SPOOL_BYTES, %ENVIRONMENT);

sub write_settings
{
    my ($self, $path) = @_;
    my $database = $DATABASE // "host=$ENV{PGHOST} port=$ENV{PGPORT}"
        . " dbname=$ENV{PGDATABASE} user=tocsin_web";

    Files::save($path, map { "$_\n" }
            "database = $database",
        'spool_volatile = yes',
        split /\s*;\s*/, $ENV{FRONT_SETTINGS} // '');
}

sub lay_out
{
    my ($self) = @_;

    $self->SUPER::lay_out;
    if ($SPOOL_BYTES) {
        system('mount', '-t', 'tmpfs', '-o', "size=$SPOOL_BYTES,mode=0700",
            'none', "$self->{dir}/spool") == 0
            or die "could not mount\n";
        $self->{mounted} = 1;
        $self->give("$self->{dir}/spool");
    }
    add_environment($self->{shipped}) if %ENVIRONMENT;
}

# Into what the shipped file hands to the responder.
sub add_environment
{
    my ($path) = @_;
    my $more = join '', map { qq("$_" => "$ENVIRONMENT{$_}",\n) }
        sort keys %ENVIRONMENT;

    open my $file, '<', $path or die "could not read $path: $!\n";
    my $text = join '', <$file>;
    $text =~ s/("bin-environment" => \(\n)/$1$more/
        or die "$path hands nothing to the responder\n";
    Files::save($path, $text);
}

sub stop
{
    my ($self) = @_;

    local $ENV{FRONT_KEEP} = 'yes';
    my $stubborn = $self->SUPER::stop;
    system 'umount', "$self->{dir}/spool" if $self->{mounted};
    remove_tree($self->{dir});
    return $stubborn;
}

# Start the web server again, after its end.
sub start_server
{
    my ($self) = @_;
    my $old = $self->{server_pid};

    $self->{pids} = [ grep { $_ != $old } @{ $self->{pids} } ];
    $self->{server_pid} =
        $self->spawn("$self->{dir}/server.log",
        $self->{server}->command($self));
}

# As systemd does it: the socket is kept open and each responder inherits
# it, so that what connects while there is none is served by the next.
sub start_responder
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
        $ENV{TOCSIN_SPOOL} = "$self->{dir}/spool";
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

1;
