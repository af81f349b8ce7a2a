#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# PostgreSQL is killed with all its processes, and started again, over and
# over, while events come in.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(is_prompt report verdict);
use Load qw(load);
use World qw(await pick);

my $kills = pick(10, 2);
my $between = pick(5, 2);

my $world = World->new(front_name => 'lighttpd-spawn');
load($world);
sleep 1;
for (1 .. $kills) {
    $world->kill_postgres;
    sleep 0.5 * rand;
    $world->start_postgres;
    sleep $between;
}
my $v = verdict($world, drain => 30);
$v->{faults} = $kills;
report(
    $v,
    faults => $kills,
    acknowledged => 90 * $kills * $between,
    queued => 10,
    attempts => 90 * $kills * $between);
cmp_ok($v->{acknowledged}, '>=', 0.999 * $v->{attempts},
    '999 of 1000 events are accepted at the first attempt');
is_prompt($v->{latency}[-1]);
is($world->end, 0, 'everything ends when it is told to');
done_testing;
