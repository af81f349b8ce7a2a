#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Web servers are restarted in every way they support, under load.  A restart
# that they call graceful loses no request.
use strict;
use warnings;

use FindBin qw($Bin);
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use Files qw(peek);
use History qw(report verdict);
use Load qw(load probe);
use World qw(await descendants pick);

my $rounds = pick(10, 1);
my %signals = (
    'lighttpd-spawn' => [qw(USR1 INT TERM KILL)],
    'lighttpd-socket' => [ 'USR1', pick('INT'), 'KILL' ],
    'apache-fcgid' => [qw(USR1 HUP KILL)],
    'apache-proxy' => [ 'USR1', pick('HUP'), 'KILL' ],
);
my $restarts = 1 + $rounds * map { @$_ } values %signals;

# A restart that keeps the server's process; INT and USR1 let it end what it
# has begun.
my %stays = (
    'lighttpd USR1' => 1,
    'apache USR1' => 1,
    'apache HUP' => 1,
);
my $world = World->new;
my $faults = 0;

# Restart the server by a signal, and start it again if that has ended it.
sub restart
{
    my ($front, $signal) = @_;
    my ($server) = $world->{front}{name} =~ /^(\w+)/;
    my @all = ($front->{server_pid});

    # As systemd does, all that Apache has forked dies with it; Apache's own
    # children would keep its port.  While it is stopped it forks no more.
    if ($signal eq 'KILL') {
        kill 'STOP', @all;
        push @all, grep { (readlink "/proc/$_/exe" // '') =~ /apache2/ }
            descendants(@all);
    }
    kill $signal, @all;
    $faults++;
    return if $stays{"$server $signal"};
    await(20, sub { waitpid($front->{server_pid}, WNOHANG) != 0 })
        // die "$server does not end\n";
    await(5, sub { !grep { readlink "/proc/$_/exe" } @all });
    $front->start_server;
}

# Let a load go on until so many more of its events were accepted; mod_fcgid
# lets requests wait for a process for up to 64 s.
sub let_accept
{
    my ($label, $n) = @_;
    my $accepted = sub {
        return scalar map { peek($_) =~ /"status":2/g }
            glob "$world->{dir}/history.$label.*.jsonl";
    };
    my $before = $accepted->();

    return defined await(70, sub { $accepted->() >= $before + $n });
}

# Test what senders see of some restarts in a row.
sub torment
{
    my ($name, $signal) = @_;
    my $front = $world->{front};
    my $label = lc "$name-$signal";
    my $what = "$name, $signal";

    load($world, name => $label);
    let_accept($label, 10);
    for (1 .. $rounds) {
        my %old = map { $_ => 1 } $world->workers;
        restart($front, $signal);
        ok(defined await(20, sub { !grep { $old{$_} } $world->workers }),
            "$what: no responder is left from before")
            if $name !~ /socket|proxy/;
        ok(let_accept($label, 30), "$what: there is one that serves");
    }
    $world->stop_loads;
    my @attempts = grep { $_->{request_id} =~ /^$label-/ }
        @{ History::read_history($world->{dir}) };
    my $bad = grep { $_->{status} !~ /^2/ } @attempts;
    diag("$what: $bad of " . @attempts . ' not accepted');
    # A request for which mod_fcgid is just starting a process at that
    # moment waits in vain in what is left of the old Apache.
    cmp_ok($bad, '<=', $name eq 'apache-fcgid' ? 8 * $rounds : 0,
        "$what: no request is lost")
        if $signal eq 'USR1';
    like(probe($world), qr/^2/, "$what: in the end all is well");
}

# The server is killed while its responder is busy, and started again before
# that has ended.
sub overtake
{
    my $front = $world->{front};

    load($world, name => 'overtake', rate => 20);
    let_accept('overtake', 5);
    my %old = map { $_ => 1 } $world->workers;
    $world->freeze_postgres;
    sleep 0.3;
    restart($front, 'KILL');
    sleep 0.5;
    $world->thaw_postgres;
    await(8, sub { !grep { $old{$_} } $world->workers })
        // die "the old responder does not end\n";
    ok(defined await(5, sub { probe($world) =~ /^2/ }),
        'a server that is started before the old responder has ended'
            . ' starts a new one');
    $world->stop_loads;
}

for my $name (sort keys %signals) {
    $world->start_front($name);
    torment($name, $_) for @{ $signals{$name} };
    overtake() if $name eq 'lighttpd-spawn';
    is($world->stop_front, 0, "$name: everything ends when it is told to");
}
my $v = verdict($world);
$v->{faults} = $faults;
report(
    $v,
    faults => $restarts,
    acknowledged => 40 * ($restarts - 1));
is($world->end, 0, 'everything ends when it is told to');
done_testing;
