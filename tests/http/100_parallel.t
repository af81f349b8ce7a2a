#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Many senders at the same moment.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use Time::HiRes qw(sleep);
use World front => 'lighttpd-spawn';

my $int = integration();

# Fifty CGI programs want fifty connections at once.  On a busy machine some
# are told to come back, and do, as a sender would, or that their event is
# queued; nobody else is.
my $PATIENCE = $ENV{FRONT} =~ /-cgi$/ ? 10 : 0;

# Whoever is told to come back may have been stored all the same, when the
# database said so too late and the spool was not free in time.  Then what is
# sent again is an event of its own.
my $again = 0;

# What became of a queued event.  Where no process stays, it is stored with
# one of the requests that come next.
sub outcome_of_queued
{
    my ($event_id) = @_;
    my $outcome;
    for (1 .. 100) {
        $outcome = value("select outcome from tocsin.events where id = :'e'",
            e => $event_id) and last;
        post($int, { event_type => 'resolve', Id => 'nobody' });
        sleep 0.1;
    }
    return $outcome // 'lost';
}

# Send these events at once; return how often each outcome was answered.
sub count_outcomes
{
    my @events = @_;
    my (%count, @queued);
    for my $try (0 .. $PATIENCE) {
        my @answers = together(
            map {
                [
                    POST => "integration/$int",
                    headers => [ 'Content-Type' => 'application/json' ],
                    body => json($_)
                ]
            } @events);
        my @again;
        for my $i (0 .. $#events) {
            my $answer = $answers[$i];
            if ($answer->{status} == 503 && $try < $PATIENCE) {
                push @again, $events[$i];
            } elsif ($answer->{status} == 202 && $PATIENCE) {
                push @queued, $answer->{json}{event_id};
            } else {
                my $outcome = $answer->{json}{outcome} // '';
                $count{"$answer->{status} $outcome"}++;
            }
        }
        @events = @again or last;
        $again += @again;
        note(scalar(@again) . ' were told to come back');
    }
    $count{ '200 ' . outcome_of_queued($_) }++ for @queued;
    return \%count;
}

# There are so many, and of those who were told to come back some more.
sub is_with_repeats
{
    my ($got, $want, $name) = @_;
    my $repeats = $got - $want;
    ok($repeats >= 0 && $repeats <= $again, $name)
        or diag("got $got, want $want and at most $again more");
}

my $create = { event_type => 'create', Id => 'one', Title => 't' };
is_deeply(count_outcomes(($create) x 50),
    { '200 created' => 1, '200 duplicate' => 49 },
    'of 50 creates of one Id at once, one creates the alert');
my $alerts = alerts($int, 'one');
is(@$alerts, 1, 'there is one');
is_with_repeats($alerts->[0]{duplicate_count}, 49, 'with 49 duplicates');
is_with_repeats(
    value("select count(distinct id) from tocsin.events"
            . " where integration_id = :'i' and external_id = 'one'",
        i => $int),
    50, 'and 50 events are logged');

my $resolve = { event_type => 'resolve', Id => 'one' };
is_deeply(count_outcomes(($resolve) x 20),
    { '200 resolved' => 1, '200 ignored' => 19 },
    'of 20 resolves at once, one resolves it');

my @all = map { { %$create, Id => "many-$_" } } 1 .. 50;
my $many = count_outcomes(@all);
$many->{'200 created'} += delete $many->{'200 duplicate'} // 0 if $again;
is_deeply($many, { '200 created' => 50 }, '50 Ids at once are 50 alerts');
is(@{ alerts($int) }, 51, 'all of which are there');

# Whatever the order, it is one of the orders there could be.
my $mixed = count_outcomes(
    map { ($create, $resolve, { event_type => 'acknowledge', Id => 'one' }) }
        1 .. 10);
is(
    eval join('+', map { $mixed->{$_} } grep { /^200 / } keys %$mixed),
    30, 'a mix of events of one Id is answered 200 throughout');
$alerts = alerts($int, 'one');
is(
    @$alerts - 1,
    $mixed->{'200 created'} // 0,
    'there is an alert for each create that was one');
is(
    (grep { $_->{status} ne 'resolved' } @$alerts) > 1 ? 'more' : 'at most 1',
    'at most 1',
    'no two of them live');
is(
    scalar(grep { $_->{status} eq 'resolved' } @$alerts) - 1,
    $mixed->{'200 resolved'} // 0,
    'as many are resolved as was answered');

done_testing;
