#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# PostgreSQL freezes, and after a while completes calls that no client waits for
# any more.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(is_prompt report verdict);
use Load qw(load);
use World qw(await pick);

my $least = pick(5, 2);
my $seconds = pick(20, 3);
my $rounds = 0;

my $world = World->new(front_name => 'lighttpd-spawn');
load($world, rate => 50, clients => 8, plan => 'mixed', name => 'm');
load($world, rate => 200, clients => 8, name => 'c');

# How many were answered from the spool, and yet stored by the call that was
# given up: none where the drain's call, given up as well, was the first to go
# on.
sub undecided
{
    my %late = map { $_->[0] => 1 } @{ History::rows('select request_id'
            . " from tocsin.events where source = 'webhook'") };
    return scalar grep { $_->{status} == 202 && $late{ $_->{request_id} } }
        @{ History::read_history($world->{dir}) };
}

while ($rounds < $least || $rounds < 4 * $least && !undecided()) {
    sleep 1.5 + rand 0.2;
    $world->freeze_postgres;
    sleep $seconds;
    $world->thaw_postgres;
    await(20, sub { !$world->spooled });
    $rounds++;
}
my $v = verdict($world);
$v->{faults} = $rounds;
$v->{undecided} = undecided();
diag("$v->{undecided} commits came after their answer");
report(
    $v,
    faults => $least,
    acknowledged => 100 * $rounds * ($seconds + 1),
    queued => 25 * $rounds * ($seconds - 2),
    undecided => 1);
is($v->{acknowledged}, $v->{attempts}, 'every event is accepted');
is_prompt($v->{latency}[-1]);
is($world->end, 0, 'everything ends when it is told to');
done_testing;
