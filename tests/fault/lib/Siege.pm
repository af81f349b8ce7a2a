# SPDX-License-Identifier: ISC
package Siege;

# A private PostgreSQL, a real web server with the responder behind it, and
# senders: what a fault is put into.  All of it is gone when the test ends,
# however it ends.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use JSON::PP ();
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use FaultFront;
use History ();
use Load;

our @EXPORT_OK = qw(await pick descendants);

my $LIB = abs_path(dirname(__FILE__) . '/../../lib');
my $TOKEN = 'a token that is nowhere on disk';
my ($owner, @live) = ($$);

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP QUIT);

END {
    my $status = $?;
    if ($$ == $owner) {
        for my $siege (@live) {
            eval { $siege->finish; 1 } or print STDERR $@;
        }
    }
    $? = $status;
}

# What the long form takes, or what the quick form takes, if anything.
sub pick
{
    my ($long, @quick) = @_;
    return $long if ($ENV{FAULT} // '') eq 'long';
    return wantarray ? @quick : $quick[0];
}

# Wait until the condition is met.  Returns the seconds that took, or undef.
sub await
{
    my ($seconds, $met) = @_;
    my $start = time;

    until ($met->()) {
        return undef if time - $start > $seconds;
        sleep 0.02;
    }
    return time - $start;
}

# Start all.  Options: front (its name), settings ("name = value; ..."),
# postgres (settings of the server, "name=value ..."), tcp (its port, or
# yes), wrapper (words before the server's command), database (conninfo in
# place of that of the cluster), no_front.
sub new
{
    my ($class, %o) = @_;
    my $self = bless {
        front_name => 'lighttpd-spawn',
        settings => '',
        postgres => '',
        %o,
        dir => tempdir('tocsin.XXXXXX', DIR => '/tmp'),
        loads => [],
        mounts => [],
        seed => int($ENV{SEED} // time % 100_000),
    }, $class;

    note("SEED=$self->{seed}");
    srand $self->{seed};
    push @live, $self;
    chmod 0711, $self->{dir} or die "could not open up $self->{dir}: $!\n";
    $self->start_postgres;
    $self->postgres('install') or die "no schema\n";
    $self->{integration} = $self->add_integration('fault');
    $self->start_front unless $o{no_front};
    return $self;
}

sub add_integration
{
    my ($self, $name) = @_;
    return History::query('select integration_id from'
            . " tocsin_api.integration_add('$name',"
            . " sha256(convert_to('$TOKEN', 'UTF8')), false, 'medium')")
        ->[0][0];
}

# A web server of another name, after stop_front().
sub start_front
{
    my ($self, $name) = @_;

    local $ENV{FRONT_SETTINGS} = $self->{settings};
    local $FaultFront::DATABASE = $self->{database};
    $self->{front} = FaultFront->start($name // $self->{front_name});
    $self->{spool} = "$self->{front}{dir}/spool";
    await(10, sub { $self->has_copy })
        // die "the spool has no copy of the integrations\n";
}

# Stop the senders, wait for the spool to be empty, and end the web server.
# Returns how many processes had to be killed for it; undef, when the spool
# was not emptied.
sub stop_front
{
    my ($self) = @_;

    $self->stop_loads;
    my $empty = await(30, sub { !$self->waiting });
    my $stubborn = (delete $self->{front})->stop;
    return defined $empty ? $stubborn : undef;
}

sub stop_loads
{
    my ($self) = @_;
    $_->stop for splice @{ $self->{loads} };
}

# A responder that starts with another database, in place of the one there.
sub set_database
{
    my ($self, $conninfo) = @_;
    my $path = "$self->{front}{dir}/tocsin.conf";

    open my $in, '<', $path or die "could not read $path: $!\n";
    my $text = join '', <$in>;
    $text =~ s/^database = .*/database = $conninfo/m;
    Files::save($path, $text);
    my %old = map { $_ => 1 } $self->workers;
    kill 'TERM', keys %old;
    await(10, sub {
        my @now = $self->workers;
        return @now && !grep { $old{$_} } @now;
    }) // die "no new responder\n";
}

sub mount
{
    my ($self, @arguments) = @_;
    system('mount', @arguments) == 0 or die "could not mount\n";
    unshift @{ $self->{mounts} }, $arguments[-1];
}

sub has_copy
{
    my ($self) = @_;
    open my $file, '<', "$self->{spool}/integrations" or return 0;
    return scalar grep { /^\Q$self->{integration}\E / } <$file>;
}

sub postgres
{
    my ($self, $command) = @_;
    local $ENV{POSTGRES_FSYNC} = $self->{fsync} // 'off';
    local $ENV{POSTGRES_SETTINGS} = $self->{postgres};
    local $ENV{POSTGRES_TCP} = $self->{tcp} // '';

    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        # Ctrl-C is not meant for it.
        setpgrp;
        my @words = (@{ $self->{wrapper} // [] }, "$LIB/postgres");
        { no warnings 'exec'; exec @words, $command, $self->{dir}; }
        POSIX::_exit(127);
    }
    while (waitpid($pid, 0) == -1) { }
    return $? == 0;
}

# Start the server, or start it again, and point the clients at it.
sub start_postgres
{
    my ($self) = @_;

    $self->postgres('start') or die "no PostgreSQL\n";
    open my $env, '-|', "$LIB/postgres", 'env', $self->{dir}
        or die "no PostgreSQL: $!\n";
    while (<$env>) {
        delete $ENV{$1} if /^unset (\w+)/;
        next unless s/^export //;
        $ENV{$1} = $2 while /(\w+)='?([^'\s]*)/g;
    }
}

sub stop_postgres
{
    my ($self) = @_;
    $self->postgres('stop');
}

# The postmaster and all its processes, or none.
sub postgres_pids
{
    my ($self) = @_;
    open my $file, '<', "$self->{dir}/pg/postmaster.pid" or return;
    chomp(my $pid = <$file> // return);
    return unless (readlink "/proc/$pid/cwd" // '') eq "$self->{dir}/pg";
    return ($pid, descendants($pid));
}

sub descendants
{
    my (@parents) = @_;
    my %children;

    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $file, '<', $stat or next;
        my ($pid, $parent) = (<$file> // '') =~ /^(\d+) \(.*\) \S (\d+)/s
            or next;
        push @{ $children{$parent} }, $pid;
    }
    my @found = map { @{ $children{$_} // [] } } @parents;
    return @found ? (@found, descendants(@found)) : ();
}

# The postmaster and every backend, at once.
sub kill_postgres
{
    my ($self) = @_;
    my @pids = $self->freeze_postgres;

    kill 'KILL', @pids;
    # PostgreSQL takes the pid of a process that nobody has waited for yet
    # for one that runs.
    await(10, sub { !grep { -e "/proc/$_" } @pids })
        // die "PostgreSQL can not be killed\n";
    return scalar @pids;
}

# Stop all its processes where they are; returns them.  The postmaster is
# stopped first, so that none comes after.
sub freeze_postgres
{
    my ($self) = @_;
    my ($postmaster) = $self->postgres_pids or die "no PostgreSQL runs\n";

    kill 'STOP', $postmaster;
    my @pids = ($postmaster, descendants($postmaster));
    kill 'STOP', @pids;
    $self->{frozen} = \@pids;
    return @pids;
}

sub thaw_postgres
{
    my ($self) = @_;
    kill 'CONT', reverse @{ delete $self->{frozen} // [] };
}

# The responders that run.
sub workers
{
    my ($self) = @_;
    return $self->{front}->responders;
}

# Start senders; the options of Load.
sub load
{
    my ($self, %o) = @_;
    my $load = Load->start(
        url => $self->{front}{url},
        integration => $self->{integration},
        token => $TOKEN,
        dir => $self->{dir},
        seed => $self->{seed},
        %o);

    push @{ $self->{loads} }, $load;
    return $load;
}

# Send one event, apart from the senders, and write down what came of it.
# Returns the status of the answer.
sub probe
{
    my ($self) = @_;
    my $n = ++$self->{probes};
    my $attempt = {
        type => 'create',
        external_id => "probe-$n",
        request_id => "probe-$n"
    };

    $self->load(clients => 0)->attempt($attempt);
    open my $file, '>>', "$self->{dir}/history.probe.jsonl"
        or die "could not write it down: $!\n";
    print $file JSON::PP->new->encode($attempt), "\n";
    close $file;
    return $attempt->{status};
}

# The files that wait in the spool, oldest first.
sub waiting
{
    my ($self) = @_;
    return in_dir("$self->{spool}/new");
}

sub rejected
{
    my ($self) = @_;
    return grep { !/\.why$/ } in_dir("$self->{spool}/bad");
}

sub in_dir
{
    my ($path) = @_;
    opendir my $dir, $path or die "could not read $path: $!\n";
    my @names = sort grep { !/^\./ } readdir $dir;
    return @names;
}

# Stop the senders, wait for the spool to be empty, and judge.  Options:
# drain (seconds).
sub verdict
{
    my ($self, %o) = @_;

    $self->stop_loads;
    my $seconds = 0;
    if ($self->{front}) {
        $seconds = await($o{drain} // 30, sub { !$self->waiting });
        ok(defined $seconds, 'the spool is empty in time');
        is(scalar(my @bad = $self->rejected), 0, 'nothing went to bad/');
    }
    my $v = History::judge(History::read_history($self->{dir}),
        $self->{integration});
    $v->{drain_seconds} = $seconds // 0;
    return $v;
}

# End all.  Returns how many processes had to be killed for it.
sub finish
{
    my ($self) = @_;
    my $stubborn = 0;

    @live = grep { $_ != $self } @live;
    $_->abandon for splice @{ $self->{loads} };
    $self->thaw_postgres;
    # The server of PostgreSQL must end even if the front can not.
    my $stopped = eval {
        $stubborn = $self->{front}->stop if $self->{front};
        1;
    };
    my $why = $@;
    delete $self->{front};
    $self->stop_postgres;
    chdir '/';
    system 'umount', $_ for splice @{ $self->{mounts} };
    remove_tree($self->{dir}) unless $ENV{FRONT_KEEP};
    die $why unless $stopped;
    return $stubborn;
}

1;
