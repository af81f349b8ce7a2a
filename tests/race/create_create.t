#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Two senders, or one that does not wait for its answer, create an alert
# under one Id at the same moment.  There is no row to lock yet, and both
# see that there is none.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;
my $alerts = 'select status, duplicate_count from tocsin_internal.alert'
    . " where external_id = '%s'";

$one->run('begin');
is($one->run(Event::ingest(type => 'create', id => 'A')), 'created',
    'the first create opens the alert');
$two->start(Event::ingest(type => 'create', id => 'A'));
ok($two->is_blocked($watch), 'the second waits until the first is sure');
$one->run('commit');
is($two->answer, 'duplicate', 'then it is a duplicate');
is($watch->run(sprintf $alerts, 'A'), 'open|1', 'of the one alert there is');

$one->run('begin');
$one->run(Event::ingest(type => 'create', id => 'B'));
$two->start(Event::ingest(type => 'create', id => 'B'));
ok($two->is_blocked($watch), 'a second create waits');
$one->run('rollback');
is($two->answer, 'created', 'and opens the alert when the first is undone');
is($watch->run(sprintf $alerts, 'B'), 'open|0', 'without a duplicate');

$one->run('begin');
$one->run(Event::ingest(type => 'create', id => 'C'));
is($two->run(Event::ingest(type => 'create', id => 'D')), 'created',
    'another Id waits for nobody');
$one->run('commit');

# Somebody opens the alert by hand, without our locks; a call of one and one
# of two.
for my $ids ([ 'E' ], [ 'F', 'G' ]) {
    $one->run('begin');
    $one->run('insert into tocsin_internal.alert (alert_id, integration_id,'
            . ' external_id, status, title, urgency, created_at,'
            . " last_event_at) values ('" . Event::new_id()
            . "', 'int_race', '$ids->[0]', 'open', 'by hand', 'low', now(),"
            . ' now())');
    $two->start(Event::ingest(type => 'create', id => $ids));
    ok($two->is_blocked($watch), 'a create waits for one made by hand');
    $one->run('commit');
    is(join(' ', sort split ' ', $two->answer),
        join(' ', ('created') x $#$ids, 'duplicate'),
        'and is a duplicate of it');
    is($watch->run(sprintf $alerts, $ids->[0]), 'open|1', 'which counts it');
}

# Fifty at the same moment.
my @many = map { Psql->new($db) } 1 .. 50;
$_->start(Event::ingest(type => 'create', id => 'fifty')) for @many;
my %outcome;
$outcome{ $_->answer }++ for @many;
is_deeply(\%outcome, { created => 1, duplicate => 49 },
    'of fifty creates of one Id one opens and 49 are duplicates');
is($watch->run(sprintf $alerts, 'fifty'), 'open|49',
    'there is one alert with 49 duplicates');
is($watch->run('select count(*) from tocsin_internal.event'
            . " where external_id = 'fifty'"),
    '50', 'and the log has all fifty');

done_testing;
