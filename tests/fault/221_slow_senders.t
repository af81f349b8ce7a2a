#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Three hundred senders that send their headers or bodies a byte at a time keep
# nobody else out.
use strict;
use warnings;

use FindBin qw($Bin);
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use Files qw(peek save);
use History qw(report verdict);
use Load qw(load probe);
use World qw(now pick);

my @FRONTS = $World::LONG
    ? qw(lighttpd-spawn lighttpd-socket apache-fcgid apache-proxy)
    : qw(lighttpd-spawn apache-fcgid);
my $SECONDS = pick(60, 5);
my $SLOW = 300;
my $RATE = 20;
my $WAIT_S = 4; # what senders wait at least

# The slow ones: half of them are in the headers, half in the body.  Whoever
# was hung up on connects again.
sub be_slow
{
    my ($world, $stop) = @_;
    my ($host, $port) = $world->{front}{url} =~ m{^http://([^:/]+):(\d+)/};
    my $head = "POST /integration/$world->{integration} HTTP/1.1\r\n"
        . "Host: $host\r\nContent-Type: application/json\r\n";
    my ($begun, $most, @open) = (0, 0);

    local $SIG{PIPE} = 'IGNORE';
    while (!$$stop) {
        my $until = now() + 1;
        for my $i (0 .. $SLOW - 1) {
            last if $$stop;
            my $s = $open[$i];
            if ($s && !IO::Select->new($s)->can_read(0)
                && syswrite $s, $i % 2 ? 'x' : "X-$i: y\r\n")
            {
                next;
            }
            $open[$i] = $s = IO::Socket::INET->new(
                PeerAddr => $host,
                PeerPort => $port,
                Timeout => 1
            ) or next;
            $begun++;
            syswrite $s, $head;
            syswrite $s, "Content-Length: 60000\r\n\r\n{" if $i % 2;
        }
        my $open = grep { $_ } @open;
        $most = $open if $open > $most;
        save("$world->{dir}/slow", "$most $begun");
        my $left = $until - now();
        sleep $left if $left > 0;
    }
}

sub start_slow
{
    my ($world) = @_;
    my $stop = 0;
    my $pid = fork // die "could not fork: $!\n";

    if (!$pid) {
        $SIG{TERM} = sub { $stop = 1 };
        eval { be_slow($world, \$stop); 1 } or print STDERR "slow: $@";
        POSIX::_exit(0);
    }
    $world->adopt($pid);
    return $pid;
}

sub try_front
{
    my ($name) = @_;
    my $world = World->new;

    $world->start_front($name);
    my $pid = start_slow($world);
    World::await(20, sub { (peek("$world->{dir}/slow") // '') =~ /^$SLOW / })
        // diag('the slow ones cannot connect');
    # Apache starts more threads, as many each second as it has processes.
    World::await(60, sub {
        my $began = now();
        return probe($world) == 200 && now() - $began < 1;
    }) // diag('the server never has enough threads');
    load($world, rate => $RATE, clients => 4, wait => 10);
    sleep $SECONDS;
    $world->stop_loads;
    kill 'TERM', $pid;
    waitpid $pid, 0;
    $world->release($pid);

    my ($most, $begun) = split ' ', peek("$world->{dir}/slow") // '0 0';
    my $v = verdict($world);
    $v->{slow} = $most;
    report($v, slow => $SLOW, acknowledged => 0.7 * $RATE * $SECONDS);
    cmp_ok($v->{acknowledged}, '>=', 0.99 * $v->{attempts},
        'of a hundred requests 99 are accepted');
    cmp_ok(History::quantile($v->{latency}, 0.95), '<=', $WAIT_S,
        'nearly all within what senders wait');
    note("$begun slow connections");
    is($world->end, 0, 'everything ends when it is told to');
}

for my $front (@FRONTS) {
    subtest $front => sub { try_front($front) };
}
done_testing;
