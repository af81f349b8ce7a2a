#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# One sender resolves an alert while another creates it again.  Whoever is
# first: no alert is opened twice, none stays open unseen.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;
my $alerts = 'select string_agg(status::text || duplicate_count,'
    . " ' ' order by alert_id) from tocsin_internal.alert"
    . " where external_id = '%s'";

$watch->run(Event::ingest(type => 'create', id => $_)) for 'A' .. 'F';

$one->run('begin');
is($one->run(Event::ingest(type => 'resolve', id => 'A')), 'resolved',
    'a resolve is first');
$two->start(Event::ingest(type => 'create', id => 'A'));
ok($two->is_blocked($watch), 'the create waits for it');
$one->run('commit');
is($two->answer, 'created', 'and opens a new alert');
is($watch->run(sprintf $alerts, 'A'), 'resolved0 open0',
    'beside the resolved one');

$one->run('begin');
is($one->run(Event::ingest(type => 'create', id => 'B')), 'duplicate',
    'a create is first');
$two->start(Event::ingest(type => 'resolve', id => 'B'));
ok($two->is_blocked($watch), 'the resolve waits for it');
$one->run('commit');
is($two->answer, 'resolved', 'and resolves the alert');
is($watch->run(sprintf $alerts, 'B'), 'resolved1', 'with its duplicate');

$one->run('begin');
$one->run(Event::ingest(type => 'resolve', id => 'C'));
$two->start(Event::ingest(type => 'create', id => 'C'));
ok($two->is_blocked($watch), 'a create waits for a resolve');
$one->run('rollback');
is($two->answer, 'duplicate', 'that is undone: it is a duplicate');

# A resolve by hand, without our locks; a call of one and one of two.
for my $ids ([ 'D' ], [ 'E', 'F' ]) {
    my $call = Event::ingest(type => 'acknowledge', id => $ids);
    $one->run('begin');
    $one->run("update tocsin_internal.alert set status = 'resolved',"
            . " resolved_at = now() where external_id = '$ids->[0]'");
    $two->start($call);
    ok($two->is_blocked($watch), 'an acknowledge waits for a resolve by hand');
    $one->run('commit');
    is($two->answer, 'error 40001', 'and is told to try again');
    is(join(' ', sort split ' ', $two->run($call)),
        join(' ', ('acknowledged') x $#$ids, 'ignored'),
        'at the second try it is ignored');
}

done_testing;
