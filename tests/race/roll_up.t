#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The figures of a day are stored while an event of that day comes late: it is
# counted, whichever is first.  Other events wait for nothing.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;
my $day = "date_trunc('day', now(), 'UTC') - interval '%d days'";
my $roll_up = 'select (tocsin_internal.roll_up()).action';
my $change = 'update tocsin_internal.alert set duplicate_count ='
    . " duplicate_count + 1 where external_id = '%s'";

sub late
{
    my ($id, $days) = @_;
    return Event::ingest(type => 'create', id => $id,
        at => sprintf $day, $days);
}

sub counts
{
    my ($days) = @_;
    return $watch->run('select event_count, duplicate_count from tocsin.daily'
            . ' where bucket_at = ' . sprintf $day, $days);
}

# First the event, then the figures.
$one->run('begin');
is($one->run(late('A', 3)), 'created', 'an event comes late');
$two->start($roll_up);
ok($two->is_blocked($watch), 'its day is not stored before it is sure');
$one->run('commit');
is($two->answer, 'rolled_up', 'then it is');
is(counts(3), '1|0', 'with the event');

# First the figures, then the event.
$watch->run(late('B', 4));
$watch->run("update tocsin_internal.stale_rollup set marked_at = '-infinity'");
$two->run('begin');
is($two->run($roll_up), 'rolled_up', 'a day is being stored');
is($one->run(Event::ingest(type => 'create', id => 'now')), 'created',
    'an event of today does not wait for it');
is($one->run(late('C', 3)), 'created', 'nor does one of another day');
$one->start(late('D', 4));
ok($one->is_blocked($watch), 'one of that day does');
$two->run('commit');
is($one->answer, 'created', 'and is stored');
is(counts(4), '2|0', 'and counted');
is(counts(3), '2|0', 'as is the one of the other day');

# A transaction that sees an older state, in which the day is not stored.
$watch->run(late('E', 2));
$one->run('begin isolation level repeatable read');
$one->run('select count(*) from tocsin_internal.alert');
1 while $two->run($roll_up) ne '';
is(counts(2), '1|0', 'a day is stored');
$one->run(sprintf $change, 'E');
$one->run('commit');
is(counts(2), '1|1', 'who has not seen that is counted, too');

# Many change alerts of one day: none waits for the other.
$one->run('begin');
$one->run(sprintf $change, 'B');
$two->run('begin');
$two->run("set lock_timeout = '5s'");
is($two->run(sprintf $change, 'D'), '', 'two change alerts of a day at once');
$two->run('commit');
$one->run('commit');
is(counts(4), '2|2', 'and both are counted');

done_testing;
