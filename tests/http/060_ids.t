#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The Id by which a sender knows its alert.
use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $int = integration();

# The body as bytes, so that numbers are written as they are meant.
sub body
{
    my ($type, $id) = @_;
    my $text = qq({"event_type":"$type","Id":$id,"Title":"t"});
    utf8::encode($text);
    return $text;
}

accepted(post($int, body(create => 4711)), 'created', 'a number is an Id');
accepted(post($int, body(create => '"4711"')),
    'duplicate', 'its text is the same Id');
is(alerts($int, '4711')->[0]{duplicate_count}, 1, 'that is one alert');

accepted(post($int, body(create => $_)), 'created', "$_ is an Id")
    for qw(99999999999999999999 18446744073709551616 18446744073709551615
    -9223372036854775809);
accepted(post($int, body(resolve => '"18446744073709551616"')),
    'resolved', 'big numbers are not rounded into one');
is(alerts($int, '99999999999999999999')->[0]{status},
    'open', 'so the other is open still');

accepted(post($int, body(create => '1.50')), 'created',
    '1.50 is an Id');
accepted(post($int, body(create => '1.5')), 'created', 'and not 1.5');
accepted(post($int, body(create => '15e-1')), 'created', 'nor 15e-1');
is_deeply(
    [ sort map { $_->{external_id} }
        grep { $_->{external_id} =~ /^15?[.e]/ } @{ alerts($int) } ],
    [qw(1.5 1.50 15e-1)],
    'a number is an Id as it was written');

accepted(post($int, body(create => '"sp "')), 'created', 'an Id with a blank');
accepted(post($int, body(create => '"sp"')), 'created', 'is not one without');
accepted(post($int, body(create => '"SP"')), 'created', 'case matters');
accepted(post($int, body(create => '"\u0073p"')),
    'duplicate', 'an escape does not');
accepted(post($int, body(create => '"é"')), 'created', 'é');
accepted(post($int, body(create => "\"e\x{301}\"")),
    'created', 'and e with an accent are two, as they are bytes');
accepted(post($int, body(create => '"ñ/\"\\\\?&#%00\u0001"')),
    'created', 'an Id may hold what it likes');
is(alerts($int, "ñ/\"\\?&#%00\x01")->[0]{status}, 'open', 'and it is kept');

# Two spellings of the key.
accepted(
    post($int, '{"event_type":"create","id":"one","Id":"two","Title":"t"}'),
    'created', 'of id and Id');
is(@{ alerts($int, 'two') }, 1, 'the last counts');
is(@{ alerts($int, 'one') }, 0, 'the first does not');
accepted(
    post($int, '{"Id":"three","event_type":"create","Title":"t","ID":null}'),
    'created', 'also when the last is null');
is(@{ alerts($int, 'three') }, 0, 'so that an Id is made');

# None.
for my $none ('null', '""') {
    my $answer = post($int, body(create => $none));
    accepted($answer, 'created', "a create with $none for an Id");
    my $id = $answer->{json}{Id};
    like($id, qr/^[0-9a-f-]{36}$/, 'gets a UUID');
    accepted(post($int, { event_type => 'resolve', Id => $id }),
        'resolved', 'with which it can be resolved');
    problem(post($int, body($_ => $none)), 422, '/Id', "$_ with $none")
        for qw(acknowledge resolve);
}
problem(post($int, { event_type => 'resolve' }), 422, '/Id', 'no Id');
problem(post($int, body(create => $_)), 422, '/Id', "$_ is no Id")
    for qw(true false [] ["a"] {} {"a":1});

# Length.
accepted(create($int, Id => 'i' x 1024), 'created', 'an Id of 1024 bytes');
problem(create($int, Id => 'i' x 1025), 422, '/Id', 'one of 1025');
problem(create($int, Id => 'i' x 3000), 422, '/Id', 'one of 3 KB');
accepted(create($int, Id => 'ü' x 512), 'created', '512 times ü');
problem(create($int, Id => 'ü' x 513), 422, '/Id', '513 times ü');
problem(post($int, body(create => '1' x 401)), 400, undef,
    'a number of over 400 digits is not read');

done_testing;
