# SPDX-License-Identifier: ISC
package Bench::Load;

# The two programs that make load: wrk for all that speaks HTTP, pgbench for
# the database alone; and one lone sender beside wrk.  A result is
#
#     acknowledged    events that were answered 2xx, or committed
#     errors          other answers, and none within $TIMEOUT
#     broken          connections that ended without an answer: a server may
#                     close one that it kept while the next request comes;
#                     by what wrk was doing: connect, write (the request) or
#                     read (the answer, where there was an end or a reset)
#     rate            acknowledged events per second
#     p50, p99        milliseconds from request to answer
#     cpu             what $arg{cost} gave, from begin to end of measuring
#     load            CPU seconds of the program itself

use strict;
use warnings;

use FindBin ();
use HTTP::Tiny;
use POSIX ();
use Time::HiRes qw(sleep time);

# Events of a request.
our %ITEMS = (
    arrays => 100, senders => 1000, webhooks => 50, translations => 50);
our $LONE_RATE = 20; # events per second

# wrk counts answers that take longer as timeouts.
my $TIMEOUT = '10s';

# What a new connection of PostgreSQL spends on its first plans.
our $PGBENCH_WARM_UP = 1.5;

# Start wrk: POST to $url over $arg{connections} connections for
# $arg{seconds}.
sub start_wrk
{
    my ($url, %arg) = @_;
    my @command = (
        'wrk', '-t1', "-c$arg{connections}", "-d$arg{seconds}",
        '--timeout', $TIMEOUT, '-s', "$FindBin::Bin/post.lua",
        $url, '--', $arg{traffic}, @{ $arg{integrations} // [] });
    open my $wrk, '-|', @command or die "could not run wrk: $!\n";
    return $wrk;
}

# Wait for its end.  Returns what it counted, and the events acknowledged.
sub finish_wrk
{
    my ($wrk, %arg) = @_;
    my $said = do { local $/; <$wrk> };
    close $wrk;
    my ($result) = $said =~ /^result (.*)$/m or die "wrk failed:\n$said";
    my %r = $result =~ /(\w+)=(\d+)/g;

    $r{acknowledged} =
        ($r{answers} - $r{refused}) * ($ITEMS{ $arg{traffic} } // 1);
    return %r;
}

# POST to $arg{url} over $arg{connections} connections for $arg{seconds}.
sub http
{
    my (%arg) = @_;
    my $before = cpu_of_children();
    my $cost = $arg{cost}->();
    my %r = finish_wrk(start_wrk($arg{url}, %arg), %arg);

    return {
        acknowledged => $r{acknowledged},
        errors => $r{refused} + $r{late},
        broken => { map { $r{$_} ? ($_ => $r{$_}) : () }
                qw(connect write read) },
        rate => $r{acknowledged} / ($r{us} / 1e6),
        p50 => $r{p50} / 1000,
        p99 => $r{p99} / 1000,
        cpu => $arg{cost}->($cost),
        load => cpu_of_children() - $before,
        measured => $r{acknowledged},
    };
}

# Post one event after the other to $arg{url}, $LONE_RATE in a second, each
# over a connection of its own, while wrk posts to $arg{crowd} below
# $arg{beside}.  All but cpu and load are of the lone sender, whose events
# count as acknowledged if they were answered 200.
sub lone
{
    my (%arg) = @_;
    my $before = cpu_of_children();
    my $cost = $arg{cost}->();
    my $wrk = start_wrk($arg{beside}, %arg, seconds => $arg{seconds} + 1,
        integrations => $arg{crowd});
    my $http = HTTP::Tiny->new(timeout => 10, keep_alive => 0);
    my $from = time + 0.5;
    my ($until, %status, @ms) = ($from + $arg{seconds});

    for (my $n = 1; time < $until; $n++) {
        my $wait = $from + $n / $LONE_RATE - time;
        sleep $wait if $wait > 0;
        my $start = time;
        my $answer = $http->post($arg{url}, {
            headers => { 'Content-Type' => 'application/json' },
            content => '{"event_type":"create","Id":"lone-' . $n
                . '","Title":"Example Incident Title"}',
        });
        push @ms, 1000 * (time - $start);
        $status{ $answer->{status} }++;
    }
    my %r = finish_wrk($wrk, %arg);
    @ms = sort { $a <=> $b } @ms;
    my $stored = $status{200} // 0;
    return {
        acknowledged => $stored,
        errors => @ms - $stored - ($status{202} // 0),
        broken => {},
        rate => @ms / $arg{seconds},
        p50 => percentile(\@ms, 0.50),
        p99 => percentile(\@ms, 0.99),
        cpu => $arg{cost}->($cost),
        load => cpu_of_children() - $before,
        crowd => $arg{crowd},
        crowd_answers => $r{answers},
        measured => $r{answers} * ($ITEMS{ $arg{traffic} } // 1),
    };
}

# Time the first request after $arg{forget}, again and again: p50 alone is a
# figure.
sub first
{
    my (%arg) = @_;
    my $cost = $arg{cost}->();
    my $until = time + $arg{seconds};
    my ($n, $refused, @ms) = (0, 0);

    do {
        $arg{forget}->();
        my $http = HTTP::Tiny->new;
        my $from = time;
        my $answer = $http->post($arg{url}, {
            headers => { 'Content-Type' => 'application/json' },
            content => sprintf '{"event_type":"create","Id":"bench-%08d",'
                . '"Title":"Example Incident Title"}', ++$n
        });
        push @ms, 1000 * (time - $from);
        $refused++ if $answer->{status} != 200;
    } while (time < $until);
    $cost = $arg{cost}->($cost);
    @ms = sort { $a <=> $b } @ms;
    return {
        acknowledged => $n - $refused,
        errors => $refused,
        broken => {},
        rate => $n / $arg{seconds},
        p50 => percentile(\@ms, 0.50),
        p99 => percentile(\@ms, 0.99),
        cpu => $cost,
        load => 0,
        measured => $n,
    };
}

# Run $arg{script} with one event per transaction from $arg{connections}
# clients.
sub pgbench
{
    my (%arg) = @_;
    my $logs = "$arg{dir}/pgbench_log";
    my $warm_up = $arg{quick} ? 0.5 : $PGBENCH_WARM_UP;
    my $seconds = POSIX::ceil($arg{seconds} + $warm_up);
    my @command = (
        'pgbench', '-n', '-M', 'prepared', '-U', 'tocsin_web', '-j1',
        "-c$arg{connections}", "-T$seconds",
        '-D', "integration=$arg{integration}", '-l', "--log-prefix=$logs",
        '-f', $arg{script}, $arg{database});
    my $before = cpu_of_children();
    open my $pgbench, '-|', @command or die "could not run pgbench: $!\n";
    sleep $warm_up;
    my $from = time;
    my $cost = $arg{cost}->();
    my $said = do { local $/; <$pgbench> };
    close $pgbench or die "pgbench failed:\n$said";
    # The postmaster has to hear of the end of its processes.
    sleep 0.2;
    $cost = $arg{cost}->($cost);

    my ($n) = $said =~ /actually processed: (\d+)/
        or die "pgbench failed:\n$said";
    my ($failed) = $said =~ /failed transactions: (\d+)/;
    my ($ms, $last) = read_log($from, glob "$logs.*");
    return {
        acknowledged => $n,
        errors => $failed // 0,
        broken => {},
        rate => @$ms / ($last - $from),
        p50 => percentile($ms, 0.50),
        p99 => percentile($ms, 0.99),
        cpu => $cost,
        load => cpu_of_children() - $before,
        measured => scalar @$ms,
    };
}

# The milliseconds, sorted, of transactions that ended after $from, and when
# the last one did.
sub read_log
{
    my ($from, @files) = @_;
    my ($last, @ms) = ($from);

    for my $file (@files) {
        open my $f, '<', $file or die "could not read $file: $!\n";
        while (<$f>) {
            my ($us, $at, $fraction) = (split)[ 2, 4, 5 ];
            $at += $fraction / 1e6;
            next if $at < $from;
            push @ms, $us / 1000;
            $last = $at if $at > $last;
        }
        unlink $file;
    }
    die "pgbench did nothing\n" unless @ms && $last > $from;
    @ms = sort { $a <=> $b } @ms;
    return (\@ms, $last);
}

sub percentile
{
    my ($sorted, $part) = @_;
    return $sorted->[ $part * $#$sorted ];
}

sub cpu_of_children
{
    my (undef, undef, $user, $system) = times;
    return $user + $system;
}

1;
