#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Whoever listens on the channel tocsin is told, once for each call that
# moved an alert, and never before it is committed.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use JSON::PP ();
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two, $ear) = map { Psql->new($db) } 1 .. 3;
$ear->run('listen tocsin');

# What has been said since the last time, decoded.
sub heard
{
    my $text = $ear->run('select 1');
    return map { JSON::PP->new->decode($_) }
        $text =~ /notification "tocsin" with payload "(.*)" received/g;
}

sub alerts_of
{
    my ($status) = @_;
    return [ sort split /\n/, $one->run(
        "select alert_id from tocsin_internal.alert where status = '$status'")
    ];
}

is($one->run(Event::ingest(type => 'create', id => 'A')), 'created',
    'an alert is opened');
my @said = heard();
is(scalar @said, 1, 'one notification says so');
is_deeply($said[0], { events => 1, alerts => alerts_of('open') },
    'with the id of the alert, and nothing else');
$one->run(Event::ingest(type => 'create', id => 'A'));
$one->run(Event::ingest(type => 'resolve', id => 'nobody'));
is_deeply([heard()], [], 'a duplicate and an ignored event are not told');
$one->run(Event::ingest(type => 'acknowledge', id => 'A'));
is_deeply([heard()], [ { events => 1, alerts => alerts_of('acknowledged') } ],
    'an acknowledge is');

# Several at once.
$one->run(Event::ingest(type => 'resolve', id => [ 'A', 'B', 'A' ]));
is_deeply([heard()], [ { events => 1, alerts => alerts_of('resolved') } ],
    'of a call only what has moved is told');
$one->run(Event::ingest(type => 'create', id => [ map { "N$_" } 1 .. 40 ]));
my ($many) = heard();
is_deeply([ $many->{events}, sort @{ $many->{alerts} } ],
    [ 40, @{ alerts_of('open') } ], 'a call of forty is told once');
$one->run(Event::ingest(type => 'create', id => [ map { "M$_" } 1 .. 256 ]));
($many) = heard();
is($many->{events}, 256, 'all events of a call are counted');
is(scalar @{ $many->{alerts} }, 200, 'and as many named as there is room for');

# Commit and rollback.
$one->run('begin');
$one->run(Event::ingest(type => 'create', id => 'later'));
is_deeply([heard()], [], 'nothing is told before the commit');
$one->run('commit');
is(scalar(heard()), 1, 'but then');
$one->run('begin');
$one->run(Event::ingest(type => 'create', id => 'never'));
$one->run('rollback');
is_deeply([heard()], [], 'what was rolled back is not told');

# An event that is known already.
my $id = Event::new_id();
my %known = (type => 'create', id => 'known', event_id => $id);
$one->run(Event::ingest(%known));
is(scalar(heard()), 1, 'an event is told');
is($one->run(Event::ingest(%known)), 'created', 'sent again, it is known');
is_deeply([heard()], [], 'and told no more');

# Off.
is($one->run("select tocsin_api.setting_set('notify', 'off')"), 'on',
    'it was on');
$one->run(Event::ingest(type => 'create', id => 'quiet'));
is_deeply([heard()], [], 'when it is off nothing is told');
is($one->run("select tocsin_api.setting_set('notify', 'on')"), 'off',
    'it was off');
is($two->run(Event::ingest(type => 'create', id => 'loud')), 'created',
    'a session that was there before');
is(scalar(heard()), 1, 'knows that it is on again');
is($one->run("select tocsin_api.setting_set('$$_[0]', $$_[1])"),
    "error $$_[2]", "$$_[0] is not set to $$_[1]")
    for [ 'notify', "'maybe'", 'TO422' ], [ 'notify', 'null', 'TO422' ],
    [ 'board_secret', "'on'", 'TO404' ], [ 'software_version', "'on'",
    'TO404' ];

# A queue that somebody lets fill up.  8 GB are not filled here: in the place
# of the function that tells how full it is one of this test says so.
$one->run('begin');
$one->run('create schema full_queue authorization tocsin_owner');
$one->run('create function full_queue.pg_notification_queue_usage()'
        . " returns double precision language sql as 'select 0.51'");
$one->run('alter function tocsin_api.ingest(tocsin_api.event_in[])'
        . ' set search_path ='
        . ' full_queue, pg_catalog, tocsin_internal, pg_temp');
is($one->run(Event::ingest(type => 'create', id => 'full')), 'created',
    'with a queue half full events are stored as ever');
$one->run('drop schema full_queue cascade');
$one->run('alter function tocsin_api.ingest(tocsin_api.event_in[])'
        . ' set search_path ='
        . ' pg_catalog, tocsin_internal, pg_temp');
$one->run('commit');
is_deeply([heard()], [], 'and nothing is added to it');

done_testing;
