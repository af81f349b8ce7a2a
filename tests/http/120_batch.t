#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# An array of events is answered event by event.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $int = integration();

sub event
{
    my ($type, $id, %more) = @_;
    return { event_type => $type, Id => $id, Title => "title $id", %more };
}

sub outcomes
{
    my ($answer) = @_;
    return join ' ', map { $_->{outcome} // $_->{status} }
        @{ $answer->{json}{results} // [] };
}

my $answer =
    post($int, [ map { event($_, 'a') } qw(create create acknowledge
        acknowledge resolve resolve create) ]);
is($answer->{status}, 200, 'an array of events');
is(
    outcomes($answer),
    'created duplicate acknowledged ignored resolved ignored created',
    'they are applied in their order');
is_deeply([ map { $_->{status} } @{ alerts($int, 'a') } ],
    [qw(resolved open)], 'one after the other');
my @ids = map { $_->{event_id} } @{ $answer->{json}{results} };
is_deeply([@ids], [ sort @ids ], 'their ids are in order, too');
is($answer->{json}{results}[3]{reason},
    'already_acknowledged', 'each has its reason');

# One bad item.
my @items = map { event('create', "n$_") } 1 .. 100;
$items[41]{Title} = '';
$answer = post($int, \@items);
is($answer->{status}, 200, 'an array of 100 with a bad item');
my @results = @{ $answer->{json}{results} };
is(@results, 100, 'has 100 results');
is($results[41]{status}, 422, 'the bad one is told in its place');
is($results[41]{errors}[0]{pointer}, '/Title', 'with the member at fault');
is((grep { ($_->{outcome} // '') eq 'created' } @results),
    99, 'the other 99 are created');
is($results[99]{Id}, 'n100', 'each says whose it is');
is(@{ alerts($int) }, 101, 'and all of them are there');

# What is no event.
$answer = post($int,
    '[1,null,"x",[],{},{"event_type":"create","Id":"b","Title":"t"}]');
is($answer->{status}, 200, 'one event among what is none');
is(outcomes($answer), '422 422 422 422 422 created', 'is accepted');

problem(post($int, '[]'), 422, undef, 'an empty array');
problem(post($int, '[ ]'), 422, undef, 'an empty array with a blank');
my $all_bad = post($int, '[1,{}]');
problem($all_bad, 422, undef, 'an array of which no item is an event');
is(@{ $all_bad->{json}{results} // [] }, 2, 'says so of each');
problem(post($int, '[' . join(',', ('1') x 1001) . ']'),
    422, undef, 'an array of 1001');
problem(post($int, [ map { event('create', "long$_") } 1 .. 1001 ]),
    422, undef, 'an array of 1001 events');
is(@{ alerts($int, 'long1') }, 0, 'of which none is stored');
$answer = post($int, [ map { event('create', "k$_") } 1 .. 1000 ]);
is($answer->{status}, 200, 'an array of 1000 events');
is(
    (grep { $_->{outcome} eq 'created' } @{ $answer->{json}{results} }),
    1000, 'creates 1000 alerts');

# The whole request is refused as a single event would be.
my $closed = integration(token => 'sesame');
problem(post($closed, [ event('create', 'x') ]),
    403, undef, 'an array without the token');
accepted(
    post($closed, event('resolve', 'x'),
        headers => [ 'pagertree-token' => 'sesame' ]),
    'ignored unknown_id', 'nothing of it was stored');
problem(post('int_nobody99', [ event('create', 'x') ]),
    404, undef, 'an array for an unknown integration');
problem(post($int, '[{"event_type":"create","Title":"t"},'),
    400, undef, 'half an array');

done_testing;
