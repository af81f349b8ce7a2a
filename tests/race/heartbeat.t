#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Ticks and pings at the same moment.  Whoever is first: a heartbeat that was
# heard has no open alert, one that was not has one, and nobody waits for tick.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;
my $look = 'select o_done from tocsin_internal.look_at_heartbeats(now(), 200,'
    . " '-infinity')";

# A heartbeat that is due, and is looked at now.
sub due
{
    my ($name) = @_;
    return $watch->run("insert into tocsin_internal.heartbeat (integration_id,"
            . ' name, period, grace, created_at, armed_at, look_at)'
            . " select 'int_race', '$name', '10 s', '10 s', t, t, t"
            . " from (select now() - interval '1 minute' as t) d");
}

sub alerts_of
{
    my ($name) = @_;
    return $watch->run("select string_agg(status::text, ' ' order by alert_id)"
            . ' from tocsin_internal.alert'
            . " where external_id = 'heartbeat/$name'");
}

sub look_again
{
    return $watch->run('update tocsin_internal.heartbeat'
            . " set look_at = now() - interval '1 s'");
}

due('A');
$one->run('begin');
is($one->run(Event::ingest(type => 'resolve', id => 'heartbeat/A')),
    'ignored', 'a ping is first');
is($two->run($look), '1', 'a look does not wait for it');
is(alerts_of('A'), '', 'and does not call late who is pinging');
$one->run('commit');
look_again();
$two->run($look);
is(alerts_of('A'), '', 'afterwards it has been heard');

due('B');
$one->run('begin');
$one->run($look);
$two->start(Event::ingest(type => 'resolve', id => 'heartbeat/B'));
ok($two->is_blocked($watch), 'a ping waits for the look that was first');
$one->run('commit');
is($two->answer, 'resolved', 'and ends the alert');
is(alerts_of('B'), 'resolved', 'which is the only one');
look_again();
$two->run($look);
is($watch->run('select count(*) from tocsin_internal.heartbeat'
            . ' where late_since is not null'), '0', 'nobody is late');

due('C');
$one->run('begin');
$one->run($look);
is($two->run($look), '0', 'of two looks the second passes over');
$one->run('rollback');
is($two->run($look), '1', 'what the first did not finish');
is(alerts_of('C'), 'open', 'and makes the alert');

$one->run('begin');
is($one->run('select done >= 0, busy from tocsin_api.tick()'), 't|f',
    'one ticks');
is($two->run('select busy from tocsin_api.tick()'), 't', 'the other does not');
$one->run('commit');
is($two->run('select busy from tocsin_api.tick()'), 'f', 'until it is done');

# Pause waits for a look, and ends what that has begun.
$watch->run(Event::ingest(type => 'resolve', id => 'heartbeat/C'));
$watch->run('delete from tocsin_internal.heartbeat');
due('D');
$one->run('begin');
$one->run($look);
$two->start("select status from tocsin_api.heartbeat_pause(null, 'D')");
ok($two->is_blocked($watch), 'a pause waits for a look');
$one->run('commit');
is($two->answer, 'paused', 'then it pauses');
is(alerts_of('D'), 'resolved', 'and ends the alert');

done_testing;
