#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Events, ticks, relays and operators at the same moment.  Whoever is first,
# each transition is notified once and in order, and no event waits.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;
my @relay = map { "01980000-0000-7000-8000-00000000000$_" } 1, 2;
my $tick = 'select busy from tocsin_api.tick()';

sub claim
{
    my ($relay, $room) = @_;
    return 'select count(*) from tocsin_api.relay_claim('
        . "'$relay[$relay]', " . ($room // 9) . ')';
}

# How many deliveries wait for a destination that is gone.
sub orphans
{
    return $watch->run('select count(*) from tocsin_internal.delivery'
            . " where state in ('due', 'sending') and destination_id not in"
            . ' (select destination_id from tocsin_internal.destination)');
}

# What a destination is told of an alert.
sub told
{
    my ($id) = @_;
    return $watch->run("select string_agg(notice || ' ' || status, ', '"
            . ' order by id) from tocsin.deliveries'
            . " where external_id = '$id'");
}

sub done
{
    my ($relay, $id) = @_;
    return 'select tocsin_api.relay_done('
        . "'$relay[$relay]', message_id, 200, null, null, 1, null)"
        . ' from (select message_id from tocsin_internal.delivery w join'
        . ' tocsin_internal.alert a using (alert_id)'
        . " where external_id = '$id' and message_id is not null"
        . ' order by delivery_id desc limit 1) m';
}

$watch->run("select (tocsin_api.destination_add('hook', 'webhook',"
        . " 'https://example.org/', null)).name");
$watch->run("select tocsin_api.relay_hello('$_', 'host', 1, '1',"
        . ' tocsin_api.clock_us())')
    for @relay;

# A route and an integration that do not see each other.
$one->run('begin');
$one->run('insert into tocsin_internal.integration (integration_id, name)'
        . " values ('int_raceother', 'other')");
$two->start('select name from tocsin_api.route_add('
        . q<'all', '[{"to": "hook"}]')>);
ok($two->is_blocked($watch), 'a route waits for a new integration');
$one->run('commit');
is($two->answer, 'all', 'and is added');
is($watch->run('select bool_and(watched) from tocsin_internal.integration'),
    't', 'which is watched');
$one->run('begin');
$one->run("select tocsin_api.route_add('more', '[]')");
is($two->run(Event::ingest(type => 'create', id => 'beside')), 'created',
    'an event does not wait for a new route');
$one->run('commit');

# Resolve and plan.
$two->run(Event::ingest(type => 'create', id => 'A'));
$one->run('begin');
$one->run(Event::ingest(type => 'resolve', id => 'A'));
is($two->run($tick), 'f', 'a tick does not wait for an event');
is(told('A'), 'created due', 'and plans what it sees');
$one->run('commit');
$two->run($tick);
is(told('A'), 'created due, resolved due', 'the rest is planned later');

# Tick and tick, tick and events.
$two->run(Event::ingest(type => 'create', id => 'B'));
$one->run('begin');
is($one->run($tick), 'f', 'one ticks');
is($two->run($tick), 't', 'no other does');
is($two->run(Event::ingest(type => 'acknowledge', id => 'B')), 'acknowledged',
    'an event does not wait for a tick');
$one->run('rollback');
is(told('B'), '', 'what a tick did not finish');
$two->run($tick);
is(told('B'), 'created due, acknowledged due', 'the next does, once');

# Claim and claim.
$one->run('begin');
is($one->run(claim(0)), '3', 'a relay claims');
is($two->run(claim(1)), '0', 'another passes over the destination');
is($two->run(Event::ingest(type => 'create', id => 'C')), 'created',
    'an event does not wait for a claim');
is($two->run($tick), 'f', 'nor does a tick');
$one->run('rollback');
is($two->run(claim(1)), '4', 'what was not claimed is left to others');
is($one->run(claim(0)), '0', 'and that is theirs');
is(told('A'), 'created sending, resolved due', 'the first of an alert goes');

# Done and claim.
$one->run('begin');
$one->run(done(1, 'A'));
is($two->run(claim(0)), '0', 'a claim does not wait for a report');
$one->run('commit');
is(told('A'), 'created sent, resolved due', 'which counts');
$one->run('begin');
is($one->run(claim(0, 1)), '1', 'the next of the alert goes');
$two->start(done(1, 'B'));
ok($two->is_blocked($watch), 'a report waits for a claim');
$one->run('commit');
$two->answer;
is(told('B'), 'created sent, acknowledged due', 'and counts');

# A relay whose lease is over.
$watch->run("update tocsin_internal.delivery set leased_until = now()"
        . " where state = 'sending'");
$one->run($tick);
is(told('A'), 'created sent, resolved due', 'a lease ends');
$one->run(claim(1));
is(told('A'), 'created sent, resolved sending', 'another relay takes over');
$two->run(done(0, 'A'));
is(told('A'), 'created sent, resolved sending',
    'the first has nothing to report any more');
$two->run(done(1, 'A'));
is(told('A'), 'created sent, resolved sent', 'the other has');
is($watch->run('select count(*), count(distinct (destination_id, notice_id))'
            . ' from tocsin_internal.delivery'), '6|6',
    'nothing is told twice');

# A destination that is removed while a tick plans, and while what is dead is
# tried again.
$watch->run("select (tocsin_api.destination_add('$_', 'webhook',"
        . " 'https://example.org/', null)).name,"
        . " (tocsin_api.route_add('$_', '[{\"to\": \"$_\"}]',"
        . " '{\"continues\": true}', true)).name")
    for qw(brief dead);
$two->run(Event::ingest(type => 'create', id => 'D'));
$one->run('begin');
$one->run($tick);
$two->start("select tocsin_api.destination_remove('brief')");
ok($two->is_blocked($watch), 'a destination is removed after a tick');
$one->run('commit');
$two->answer;
is(orphans(), '0', 'and nothing waits for it');
$watch->run("update tocsin_internal.delivery w set state = 'cancelled',"
        . " reason = 'test' from tocsin_internal.destination d"
        . ' where d.destination_id = w.destination_id'
        . " and d.name = 'dead'");
$one->run('begin');
$one->run('select tocsin_api.delivery_retry(array(select delivery_id'
        . " from tocsin_internal.delivery where state = 'cancelled'))");
$two->start("select tocsin_api.destination_remove('dead')");
ok($two->is_blocked($watch), 'it is removed after a retry');
$one->run('commit');
$two->answer;
is(orphans(), '0', 'and nothing waits for it');

# A destination that is removed while it is told.
$one->run('begin');
$one->run(done(1, 'B'));
$two->start("select tocsin_api.destination_remove('hook')");
ok($two->is_blocked($watch), 'a destination is removed after a report');
$one->run('commit');
$two->answer;
is($watch->run(q{select count(*) from tocsin.deliveries}
            . q{ where status = 'due'}), '0', 'and nothing waits for it');

done_testing;
