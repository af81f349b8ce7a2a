# SPDX-License-Identifier: ISC
package Load;

# Senders: processes that post events at a steady rate, each to Ids of its
# own, and write down every attempt and what came of it, one JSON object a
# line:
#
#   request_id         sent along; the event log keeps it
#   external_id, type  what was sent
#   invoke, done       seconds of the monotonic clock
#   status             of the answer; 0: there was none
#   sent               0: not even a connection was made
#   event_id, outcome  from the answer
#   error              why there was no answer
#
# A plan says what a sender sends next:
#
#   creates    a create of a new Id each time
#   lifecycle  create, acknowledge and resolve of an Id, each again and again
#              until it was accepted, and only then the next
#   mixed      any type, for a few Ids at a time, whatever the answers

use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

use World ();

my $JSON = JSON::PP->new->canonical;
my $MIXED_EVENTS_MAX = 8; # of one Id, so that its history can be judged

our @EXPORT_OK = qw(load probe);
our %PLANS = (
    creates => \&plan_creates,
    lifecycle => \&plan_lifecycle,
    mixed => \&plan_mixed,
);

sub now
{
    return clock_gettime(CLOCK_MONOTONIC);
}

# Start senders against the front of a world; they end with it at the latest.
sub load
{
    my ($world, %o) = @_;
    my $load = Load->start(
        url => $world->{front}{url},
        integration => $world->{integration},
        token => $World::TOKEN,
        dir => $world->{dir},
        seed => $world->{seed},
        %o);

    push @{ $world->{loads} }, $load;
    return $load;
}

# Send one event, apart from the senders, and write down what came of it.
# Returns the status of the answer.
sub probe
{
    my ($world) = @_;
    my $n = ++$world->{probes};
    my $attempt = {
        type => 'create',
        external_id => "probe-$n",
        request_id => "probe-$n"
    };

    load($world, clients => 0)->attempt($attempt);
    open my $file, '>>', "$world->{dir}/history.probe.jsonl"
        or die "could not write it down: $!\n";
    print $file $JSON->encode($attempt), "\n";
    close $file;
    return $attempt->{status};
}

# Start the senders.  Options: url and integration, or path for the whole of
# it; dir, where their files go; and, with defaults, token, clients, rate (of
# all of them, each second), plan, seed, wait (seconds for an answer), name
# (of the Ids), invalid (how many of a hundred requests are no events), more
# (code that returns more members of a create for its Id).
sub start
{
    my ($class, %o) = @_;
    my $self = bless {
        clients => 8,
        rate => 100,
        plan => 'creates',
        seed => 1,
        wait => 8,
        name => 'a',
        invalid => 0,
        %o,
        pids => [],
    }, $class;
    my ($host, $port, $base) = $o{url} =~ m{^http://([^:/]+):(\d+)(/.*)$}
        or die "an odd URL: $o{url}\n";

    $self->{peer} = [ PeerAddr => $host, PeerPort => $port ];
    $self->{path} //= "${base}integration/$o{integration}";
    # One that is stopped at once has no handler yet.
    my $term = POSIX::SigSet->new(POSIX::SIGTERM());
    POSIX::sigprocmask(POSIX::SIG_BLOCK(), $term);
    for my $n (1 .. $self->{clients}) {
        my $pid = fork // die "could not fork: $!\n";
        if (!$pid) {
            eval { $self->send_all($n, $term); 1 }
                or print STDERR "sender: $@";
            POSIX::_exit($@ ? 1 : 0);
        }
        push @{ $self->{pids} }, $pid;
    }
    POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), $term);
    return $self;
}

# Let each sender hear its last answer.  Dies when one has failed.
sub stop
{
    my ($self) = @_;
    my $failed = 0;

    kill 'TERM', @{ $self->{pids} };
    for my $pid (splice @{ $self->{pids} }) {
        waitpid $pid, 0;
        $failed++ if $?;
    }
    die "$failed senders failed\n" if $failed;
}

# End them, whatever they do: for the way out after a failure.
sub abandon
{
    my ($self) = @_;

    kill 'KILL', @{ $self->{pids} };
    waitpid $_, 0 for splice @{ $self->{pids} };
}

sub send_all
{
    my ($self, $n, $term) = @_;
    my $stop = 0;
    my $step = $self->{clients} / $self->{rate};
    my $path = sprintf '%s/history.%s.%02d.jsonl',
        @$self{qw(dir name)}, $n;

    $SIG{TERM} = sub { $stop = 1 };
    POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), $term);
    $SIG{INT} = $SIG{HUP} = 'DEFAULT';
    $SIG{PIPE} = 'IGNORE';
    srand $self->{seed} * 1000 + $n;
    open my $file, '>', $path or die "could not write $path: $!\n";
    my $plan = $PLANS{ $self->{plan} }->("$self->{name}$n");
    my $at = now() + rand $step;
    for (my $i = 1; !$stop; $i++) {
        my $ahead = $at - now();
        sleep $ahead if $ahead > 0;
        last if $stop;
        # Who is a second late does not try to catch up.
        $at = $ahead < -1 ? now() : $at + $step;
        my $attempt = $plan->{next}->();
        $attempt->{request_id} = "$self->{name}-$n-$i";
        $attempt->{type} = 'invalid' if rand(100) < $self->{invalid};
        $self->attempt($attempt);
        $plan->{told}->($attempt) if $attempt->{type} ne 'invalid';
        syswrite($file, $JSON->encode($attempt) . "\n")
            or die "could not write $path: $!\n";
    }
}

sub plan_creates
{
    my ($name) = @_;
    my $i = 0;

    return {
        next => sub {
            return { type => 'create', external_id => id($name, ++$i) };
        },
        told => sub { },
    };
}

sub plan_lifecycle
{
    my ($name) = @_;
    my @steps = qw(create acknowledge resolve);
    my ($i, $step) = (1, 0);

    return {
        next => sub {
            return { type => $steps[$step], external_id => id($name, $i) };
        },
        told => sub {
            my ($attempt) = @_;
            return if $attempt->{status} !~ /^2/ || ++$step < @steps;
            $step = 0;
            $i++;
        },
    };
}

sub plan_mixed
{
    my ($name) = @_;
    my $i = 0;
    my @live;

    return {
        next => sub {
            @live = grep { $_->{left}-- > 0 } @live;
            push @live, { id => id($name, ++$i), left => $MIXED_EVENTS_MAX - 1 }
                while @live < 4;
            my $type = (qw(create create acknowledge resolve))[ rand 4 ];
            return { type => $type, external_id => $live[ rand @live ]{id} };
        },
        told => sub { },
    };
}

sub id
{
    my ($name, $i) = @_;
    return "$name-$i";
}

# Not JSON, not an event, and of an integration that is not there.
sub invalid_body
{
    my ($id) = @_;
    return ('{"event_type":"create",', '[]', '{"event_type":"open"}',
        qq({"event_type":"create","Id":"$id"}))[ rand 4 ];
}

# Make one attempt and fill in what came of it.
sub attempt
{
    my ($self, $a) = @_;
    my %event = (event_type => $a->{type}, Id => $a->{external_id});
    %event = (%event, Title => "Alert $a->{external_id}",
        $self->{more} ? $self->{more}->($a->{external_id}) : ())
        if $a->{type} eq 'create';
    my $body = $a->{type} eq 'invalid'
        ? invalid_body($a->{external_id})
        : $JSON->encode(\%event);
    my $token = defined $self->{token}
        ? "pagertree-token: $self->{token}\r\n"
        : '';

    $a->{invoke} = now();
    @$a{qw(status sent)} = (0, 0);
    my $s = IO::Socket::INET->new(@{ $self->{peer} },
        Timeout => $self->{wait});
    if (!$s) {
        $a->{error} = "connect: $!";
    } else {
        $a->{sent} = 1;
        syswrite $s,
            "POST $self->{path} HTTP/1.1\r\nHost: localhost\r\n"
            . "Connection: close\r\nContent-Type: application/json\r\n"
            . "X-Request-Id: $a->{request_id}\r\n$token"
            . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
        $self->read_answer($s, $a);
        close $s;
    }
    $a->{done} = now();
}

sub read_answer
{
    my ($self, $s, $a) = @_;
    my $select = IO::Select->new($s);
    my $until = now() + $self->{wait};
    my $text = '';

    while (1) {
        my $left = $until - now();
        if ($left <= 0 || !$select->can_read($left)) {
            next if $!{EINTR} && $left > 0;
            $a->{error} = 'no answer in time';
            last;
        }
        my $n = sysread $s, $text, 65_536, length $text;
        next if !defined $n && $!{EINTR};
        if (!$n) {
            $a->{error} = "read: $!" if !defined $n;
            last;
        }
    }
    $a->{status} = $1 + 0 if $text =~ m{^HTTP/1\.\d (\d{3})};
    $a->{error} //= 'closed without an answer' if !$a->{status};
    $a->{event_id} = $1 if $text =~ /"event_id":"([0-9a-f-]{36})"/;
    $a->{outcome} = $1 if $text =~ /"outcome":"(\w+)"/;
    $a->{ours} = $text =~ m{\r\ncontent-type: application/(problem\+)?json}i
        ? 1 : 0;
}

1;
