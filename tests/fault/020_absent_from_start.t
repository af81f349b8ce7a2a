#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# PostgreSQL is down when the responder starts; once it is up, it gets all
# events accepted meanwhile, in the order of their receipt.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(is_prompt quantile report verdict);
use Load qw(load);
use World qw(await pick);

my $seconds = pick(60, 6);
my $rate = pick(100, 150);

# The ids of the events that wait, in the order of the names of their files.
sub waiting_ids
{
    my ($world) = @_;
    return map {
        open my $file, '<', "$world->{spool}/new/$_" or die "$_: $!\n";
        my ($id) = join('', <$file>) =~ /^event-id: (\S+)$/m;
        $id;
    } $world->spooled;
}

# Each transaction's events, by the place of their files, transactions in the
# order in which they were made.
sub drained
{
    my (@ids) = @_;
    my %place = map { $ids[$_] => $_ } 0 .. $#ids;
    return map { [ map { $place{$_} } split /,/, $_->[0] ] }
        @{ History::rows("select string_agg(event_id::text, ',')"
            . " from tocsin_internal.event where source = 'spool'"
            . ' group by xmin order by min(stored_at)') };
}

# Seconds of processor that processes have used.
sub processor
{
    my $ticks = 0;
    for my $pid (@_) {
        open my $file, '<', "/proc/$pid/stat" or next;
        my @fields = split ' ', <$file> =~ s/^.*\) //r;
        $ticks += $fields[11] + $fields[12];
    }
    return $ticks / 100;
}

sub backends
{
    return map { $_->[0] } @{ History::rows('select pid from'
            . " pg_stat_activity where usename = 'tocsin_web'") };
}

my $world = World->new(front_name => 'lighttpd-spawn');
$world->stop_postgres;
my @old = $world->workers;
kill 'KILL', @old;
ok(await(5, sub { my ($new) = $world->workers; $new && $new != $old[0] }),
    'a new responder starts while PostgreSQL is away');
load($world, rate => $rate);
sleep $seconds;
$world->stop_loads;

my @ids = waiting_ids($world);
my $attempts = History::read_history($world->{dir});
my ($start) = sort { $a <=> $b } map { $_->{invoke} } @$attempts;
my @later = sort { $a <=> $b } map { $_->{done} - $_->{invoke} }
    grep { $_->{invoke} > $start + 1 } @$attempts;
is(scalar(grep { $_->{status} != 202 } @$attempts), 0,
    'every event is answered 202');
is(scalar @ids, scalar @$attempts, 'every event waits in the spool');
cmp_ok(quantile(\@later, 0.99), '<=', pick(0.25, 1),
    'after a second, 99 of 100 answers come at once');

my $used = processor($world->workers);
$world->start_postgres;
my $v = verdict($world, drain => 30);
$used = processor($world->workers, backends()) - $used;
$v->{faults} = 1;
report($v, queued => 0.9 * $rate * $seconds, acknowledged => scalar @ids);
is_prompt($v->{latency}[-1]);

my @drained = drained(@ids);
my ($out_of_order, $top, $n) = (0, -1, 0);
for my $batch (@drained) {
    my @places = sort { $a <=> $b } @$batch;
    $out_of_order++ if $places[0] <= $top;
    $top = $places[-1];
    $n += @places;
}
is($n, scalar @ids, 'every event came through the spool');
is($out_of_order, 0, 'older events are stored before younger ones');
my ($took) = @{ History::rows('select extract(epoch from max(stored_at)'
        . ' - min(stored_at)) from tocsin.events') };
my $speed = ($n - @{ $drained[0] }) / ($took->[0] || 1e-6);
diag(sprintf '%d batches, drained at %.0f events/s, %.2f s of processor',
    scalar @drained, $speed, $used);
cmp_ok(scalar @drained, '>', 2, 'the run is not vacuous: several batches');
cmp_ok($n, '>=', 2000 * $used, 'a second of processor drains 2000 events');
cmp_ok($speed, '>=', 2000, 'at least 2000 events a second are drained')
    if pick(1, 0);
is($world->end, 0, 'everything ends when it is told to');
done_testing;
