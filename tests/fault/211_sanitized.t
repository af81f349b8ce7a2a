#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Under AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer, good
# and bad requests and a database that comes and goes: no report.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(read_history report verdict);
use Load qw(load);
use World qw(await pick $ROOT);

my $requests = pick(5000, 1500);

# Reports of the sanitizers among the lines of the logs.
sub reports
{
    my ($world) = @_;
    my @found;

    for my $path (glob "$world->{front}{dir}/*.log") {
        open my $file, '<', $path or die "could not read $path: $!\n";
        push @found, grep { /Sanitizer|runtime error:/ } <$file>;
    }
    return @found;
}

my $world = World->new;
is(system("make -s -C $ROOT asan-programs"), 0,
    'the responder builds with sanitizers');

local $ENV{TOCSIN_PROGRAM} = "$ROOT/build/asan/tocsin.fcgi";
$world->start_front;
load($world, plan => 'mixed', rate => 150, invalid => 40, name => 'mix');
my $faults = 0;
my $sent = 0;
while ($sent < $requests) {
    sleep 2;
    $faults++ % 2 ? $world->stop_postgres : $world->kill_postgres;
    sleep 1;
    $world->start_postgres;
    $sent = @{ read_history($world->{dir}) };
}
my $v = verdict($world);
$v->{faults} = $faults;
report(
    $v,
    attempts => $requests,
    faults => 2,
    refused => $requests / 5,
    queued => 50);
my ($worker) = $world->workers;
open my $maps, '<', "/proc/$worker/maps" or die "no responder: $!\n";
ok(scalar(grep { /libasan/ } <$maps>), 'the responder is under sanitizers');
kill 'TERM', $worker;
ok(defined await(15, sub { !-e "/proc/$worker/exe" }),
    'the responder ends when told to');
my @reports = reports($world);
is(scalar @reports, 0, 'the sanitizers have nothing to report');
diag(@reports) if @reports;
is($world->end, 0, 'everything ends when it is told to');
done_testing;
