#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Old events and alerts are deleted while new ones come.  A lock on a table
# makes maintain give up after a moment, so that events do not wait behind it;
# and events sent meanwhile are all stored.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;
use Time::HiRes qw(time);

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;
my $step = q{select action || ' ' || coalesce(target, '')}
    . q{ from tocsin_api.maintain('60 days', '60 days', 100)};

# A partition of five months ago, with an event in it.
my $old = $watch->run(<<'END');
select to_char(now() at time zone 'UTC' - interval '5 months',
    '"event_"YYYY_MM')
END
$watch->run(<<"END");
create table tocsin_internal.$old partition of tocsin_internal.event
    for values from (tocsin_internal.uuid_floor(
        date_trunc('month', now() - interval '5 months', 'UTC')))
    to (tocsin_internal.uuid_floor(
        date_trunc('month', now() - interval '4 months', 'UTC')))
END
$watch->run(Event::ingest(type => 'resolve', id => 'old', event_id =>
            $watch->run('select overlay(tocsin_internal.uuid_floor('
                . "date_trunc('month', now() - interval '5 months', 'UTC')"
                . " + interval '3 days')::text"
                . " placing '7000-8000-000000000001' from 15)")));
is($watch->run("select count(*) from tocsin_internal.$old"), '1',
    'there is a partition with an old event');
$one->run('begin');
is($one->run($step), 'made event', 'the coming months are made first');
$two->start($step);
$two->is_blocked($watch);
$one->run('commit');
is($two->answer, 'blocked ', 'by one at a time');

# Somebody reads for long.
$two->run('begin');
$two->run('select count(*) from tocsin.events');
my $began = time;
is($one->run($step), 'blocked event', 'a long query keeps maintain out');
cmp_ok(time - $began, '<', 2, 'which gives up after a moment');
is($watch->run(Event::ingest(type => 'create', id => 'A')), 'created',
    'and events are stored meanwhile');
$two->run('commit');
is($one->run($step), "dropped $old", 'when the query is over it is its turn');
is($watch->run("select to_regclass('tocsin_internal.$old') is null"), 't',
    'the old partition is gone');
is($one->run($step), 'finished ', 'and that was all');

# Somebody is in the middle of an event.
$watch->run("create table tocsin_internal.$old partition of"
        . ' tocsin_internal.event for values from (tocsin_internal.uuid_floor('
        . "date_trunc('month', now() - interval '5 months', 'UTC')))"
        . ' to (tocsin_internal.uuid_floor('
        . "date_trunc('month', now() - interval '4 months', 'UTC')))");
$two->run('begin');
is($two->run(Event::ingest(type => 'create', id => 'B')), 'created',
    'an event is on its way');
is($one->run($step), 'blocked event', 'maintain does not wait for it');
$two->run('commit');

# Events arrive while it works.
$one->run('begin');
is($one->run($step), "dropped $old", 'a partition is being dropped');
is($two->run($step), 'blocked ', 'by one at a time');
$two->start(Event::ingest(type => 'create', id => 'C'));
ok($two->is_blocked($watch), 'an event waits for it');
$one->run('commit');
is($two->answer, 'created', 'and is stored');

# Alerts that somebody else deletes or changes.
$watch->run(<<'END');
insert into tocsin_internal.alert (alert_id, integration_id, external_id,
    status, title, urgency, created_at, last_event_at)
select gen_random_uuid(), 'int_race', 'gone ' || i, 'open', 'T', 'low', at, at
  from generate_series(1, 150) i, (select now() - interval '1 year' as at) t
END
$watch->run("update tocsin_internal.alert set status = 'resolved',"
        . ' resolved_at = created_at where external_id like \'gone %\'');
$two->run('begin');
$two->run("select from tocsin_internal.alert where external_id = 'gone 1'"
        . ' for update');
is($one->run($step), 'deleted alert', 'a hundred old alerts go');
is($one->run($step), 'deleted alert', 'and the next ones');
is($one->run($step), 'finished ', 'one that somebody holds is passed by');
$two->run('commit');
is($one->run($step), 'deleted alert', 'until it is free');
is($watch->run('select count(*) from tocsin_internal.alert'
            . " where external_id like 'gone %'"), '0', 'then all are gone');
is($watch->run("select string_agg(external_id, ' ' order by external_id)"
            . ' from tocsin_internal.alert'), 'A B C',
    'and what came meanwhile is there');

done_testing;
