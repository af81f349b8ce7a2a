#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# A responder that works for long, whose database comes and goes, and which
# hears a good deal of nonsense, does not grow.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(report verdict);
use Load qw(load);
use World qw(await pick);

my $seconds = pick(600, 18);
my $warm = pick(120, 6);
my $flap = pick(30, 4);

# KiB of memory and number of descriptors, while nothing is asked of it.
sub measure
{
    my ($world, $pid) = @_;

    $world->stop_loads;
    await(20, sub { !$world->spooled });
    sleep 2;
    open my $status, '<', "/proc/$pid/status" or die "the responder died\n";
    my ($kib) = join('', <$status>) =~ /^VmRSS:\s+(\d+) kB/m;
    my $files = () = glob "/proc/$pid/fd/*";
    return ($kib, $files);
}

sub run
{
    my ($world, $name, $until) = @_;
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
my $start = time;
my $flaps = run($world, 'warm', $start + $warm);
my ($kib, $files) = measure($world, $worker);
$flaps += run($world, 'soak', $start + $seconds);
my ($kib_after, $files_after) = measure($world, $worker);
my $v = verdict($world);
$v->{faults} = $flaps;
diag("$kib KiB and $files descriptors, then $kib_after KiB and $files_after");
report(
    $v,
    faults => pick(18, 2),
    refused => 15 * $seconds,
    queued => 3 * $seconds,
    acknowledged => 40 * $seconds);
is(join(' ', $world->workers), $worker, 'the responder is still the same');
cmp_ok($kib_after - $kib, '<=', 1024, 'it has not grown by more than 1 MiB');
is($files_after, $files, 'it has as many descriptors as before');
is($world->end, 0, 'everything ends when it is told to');
done_testing;
