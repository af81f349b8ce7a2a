#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The memory of a responder does not grow over many requests, outages and
# malformed requests.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use Files qw(slurp);
use History qw(report verdict);
use Load qw(load);
use World qw(await pick);

my $seconds = pick(600, 18);
my $warm = pick(120, 6);
my $flap = pick(30, 4);

# KiB of memory, and what descriptors lead to, while nothing is asked of it.
# What it opens for a moment, as when it reads its spool, is not seen each time.
sub measure
{
    my ($world, $pid) = @_;
    my $files;

    $world->stop_loads;
    await(20, sub { !$world->spooled });
    sleep 2;
    for (1 .. 5) {
        my @open = sort map { readlink // () } glob "/proc/$pid/fd/*";
        $files = \@open if !$files || @open < @$files;
        sleep 0.1;
    }
    my ($kib) = slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+) kB/m
        or die "the responder died\n";
    return ($kib, [ grep { !/^socket:/ } @$files ],
        scalar grep { /^socket:/ } @$files);
}

sub run
{
    my ($world, $name, $how_long) = @_;
    my $until = time + $how_long;
    my $flaps = 0;

    load(
        $world,
        name => $name,
        plan => 'mixed',
        rate => 100,
        invalid => 30);
    while (time < $until) {
        sleep $flap * 0.75;
        $flaps++ % 2 ? $world->stop_postgres : $world->kill_postgres;
        sleep $flap * 0.25;
        $world->start_postgres;
    }
    return $flaps;
}

my $world = World->new(front_name => 'lighttpd-spawn');
my ($worker) = $world->workers;
my $flaps = run($world, 'warm', $warm);
my ($kib, $files, $sockets) = measure($world, $worker);
$flaps += run($world, 'soak', $seconds - $warm);
my ($kib_after, $files_after, $sockets_after) = measure($world, $worker);
my $v = verdict($world);
$v->{faults} = $flaps;
diag("$kib KiB and $sockets sockets, then $kib_after KiB and $sockets_after");
report(
    $v,
    faults => pick(18, 2),
    refused => 15 * $seconds,
    queued => 3 * $seconds,
    acknowledged => 40 * $seconds);
is(join(' ', $world->workers), $worker, 'the responder is still the same');
cmp_ok($kib_after - $kib, '<=', 1024, 'it has not grown by more than 1 MiB');
SKIP: {
    skip 'only root may look at its descriptors', 2 if $>;
    is_deeply($files_after, $files, 'it has the same files open as before');
    # That of the web server, and two sessions, of which a second may never
    # have been needed before.
    cmp_ok($sockets_after, '<=', 3,
        'it has no sockets but those that it needs');
}
is($world->end, 0, 'everything ends when it is told to');
done_testing;
