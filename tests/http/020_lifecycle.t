#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What each event does to an alert in each status.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $int = integration();

sub step
{
    my ($type, $id) = @_;
    return create($int, Id => $id) if $type eq 'create';
    return post($int, { event_type => $type, Id => $id });
}

sub times_of
{
    my ($id) = @_;
    my $alert = alerts($int, $id)->[-1];
    return join ' ', map { $_ // '-' }
        @$alert{qw(created_at acknowledged_at resolved_at)};
}

# No alert.
for my $type (qw(acknowledge resolve)) {
    my $answer = step($type, 'nobody');
    accepted($answer, 'ignored unknown_id', "$type of an unknown Id");
    is($answer->{json}{alert_id}, undef, 'no alert is named');
    is($answer->{json}{status}, undef, 'and no status');
    is($answer->{json}{Id}, 'nobody', 'but the Id is');
}
is_deeply(alerts($int, 'nobody'), [], 'no alert comes of that');

# Open.
accepted(step('create', 'a'), 'created', 'create');
my $opened = times_of('a');
for my $n (1 .. 3) {
    accepted(step('create', 'a'), 'duplicate', "create while open, $n");
}
my $alert = alerts($int, 'a')->[0];
is($alert->{duplicate_count}, 3, 'three duplicates are counted');
is(times_of('a'), $opened, 'they move no time');
ok($alert->{last_event_at} gt $alert->{created_at},
    'but that of the last event');
post($int,
    { event_type => 'create', Id => 'a', Title => 'other', Tags => ['n'] });
is_deeply([ @{ alerts($int, 'a')->[0] }{qw(title tags)} ],
    [ 'a title', [] ], 'a duplicate changes nothing else');

# Acknowledged.
my $answer = step('acknowledge', 'a');
accepted($answer, 'acknowledged', 'acknowledge while open');
is($answer->{json}{status}, 'acknowledged', 'the status is answered');
is($answer->{json}{alert_id}, $alert->{id}, 'and the alert');
my $acknowledged = times_of('a');
accepted(step('create', 'a'), 'duplicate', "create while acknowledged, $_")
    for 1 .. 3;
$alert = alerts($int, 'a')->[0];
is($alert->{status}, 'acknowledged', 'it stays acknowledged');
is($alert->{duplicate_count}, 7, 'duplicates are counted on');
accepted(
    step('acknowledge', 'a'),
    'ignored already_acknowledged',
    'acknowledge twice');
is(times_of('a'), $acknowledged, 'the first time is kept');

# Resolved.
accepted(step('resolve', 'a'), 'resolved', 'resolve while acknowledged');
my $resolved = times_of('a');
accepted(step('resolve', 'a'), 'ignored already_resolved', 'resolve twice');
$answer = step('acknowledge', 'a');
accepted($answer, 'ignored already_resolved', 'acknowledge after resolve');
is($answer->{json}{status}, 'resolved', 'it is resolved, says the answer');
is($answer->{json}{alert_id}, $alert->{id}, 'and which alert that is');
is(times_of('a'), $resolved, 'the first times are kept');
is(@{ alerts($int, 'a') }, 1, 'and there is one alert');

# Again.
$answer = step('create', 'a');
accepted($answer, 'created', 'create after resolve');
isnt($answer->{json}{alert_id}, $alert->{id}, 'it is a new alert');
is_deeply([ map { $_->{status} } @{ alerts($int, 'a') } ],
    [qw(resolved open)], 'beside the resolved one');
accepted(step('resolve', 'a'), 'resolved', 'resolve while open');
$alert = alerts($int, 'a')->[1];
is($alert->{acknowledged_at}, undef, 'nobody had acknowledged it');
ok($alert->{auto_resolved}, 'so it resolved itself');
is_deeply([ map { $_->{status} } @{ alerts($int, 'a') } ],
    [qw(resolved resolved)], 'two alerts, both resolved');

# One Id in two integrations.
my $other = integration();
accepted(create($_, Id => 'same'), 'created', 'an Id of one integration')
    for $int, $other;
accepted(post($int, { event_type => 'resolve', Id => 'same' }),
    'resolved', 'a resolve of the one');
is(alerts($other, 'same')->[0]{status}, 'open', 'is none of the other');

# An event's other members matter on create alone.
accepted(
    post($int, { event_type => 'create', Id => 'b', Title => 'kept' }),
    'created', 'create');
accepted(
    post($int, { event_type => 'acknowledge', Id => 'b', Title => undef,
            Description => [1], Tags => { a => 1 }, Meta => 7, urgency => [] }),
    'acknowledged',
    'acknowledge looks at none of them');
is(alerts($int, 'b')->[0]{title}, 'kept', 'and changes none');

# The log tells all of it.
is_deeply(
    [ map { join ' ', map { $_ // '-' }
            @$_{qw(event_type outcome reason from_status to_status)} }
        @{ rows("select * from tocsin.events where integration_id = :'i'"
                . " and external_id = 'b' order by received_at", i => $int) }
    ],
    [ 'create created - none open', 'acknowledge acknowledged - open'
        . ' acknowledged' ],
    'the event log has both events');

done_testing;
