#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# An integration with a token takes events with that token alone.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $TOKEN = 'correct horse battery staple';
my $closed = integration(token => $TOKEN);
my $open = integration();
my $BODY = '{"event_type":"create","Id":"t","Title":"t"}';

sub with
{
    my ($int, @headers) = @_;
    return post($int, $BODY, headers => \@headers);
}

problem(with($closed), 403, undef, 'no token is forbidden');
problem(with($closed, 'pagertree-token' => $_->[0]), 403, undef, $_->[1])
    for [ 'wrong', 'so is a wrong one' ],
    [ '', 'an empty one' ],
    [ substr($TOKEN, 0, -1), 'a token that is too short' ],
    [ "${TOKEN}x", 'one that is too long' ],
    [ uc $TOKEN, 'one in another case' ],
    [ 'x' x 4000, 'a very long one' ],
    [ "'; drop table alert; --", 'and one with quotes' ];
is_deeply(alerts($closed), [], 'nothing was stored');

my $answer = with($closed, 'pagertree-token' => 'sesame<script>');
unlike($answer->{body}, qr/sesame|script/, 'the answer is silent about it');

accepted(with($closed, 'pagertree-token' => $TOKEN),
    'created', 'the right token is accepted');
accepted(with($closed, $_ => $TOKEN),
    'duplicate', "so it is in the header $_")
    for qw(Pagertree-Token PAGERTREE-TOKEN PagerTree-token);
accepted(with($open), 'created', 'where none is asked for, none is needed');
accepted(with($open, 'pagertree-token' => 'any'),
    'duplicate', 'and any will do');

my $two = with($closed, 'pagertree-token' => 'wrong',
    'pagertree-token' => $TOKEN);
problem($two, 403, undef, 'two tokens are not one that is right');
$two = with($closed, 'pagertree-token' => $TOKEN,
    'pagertree-token' => $TOKEN);
problem($two, 403, undef, 'not even if both are right');
$two = with($open, 'pagertree-token' => 'a', 'pagertree-token' => 'b');
accepted($two, 'duplicate', 'where none is asked for, two will do');

# Of who may not send, the body is not judged.
problem(
    post($closed, '{"event_type":"create","Id":{},"Title":""}'),
    403, undef, 'without a token a broken member is not told');
problem(post($closed, '{"event_type":"create"'),
    403, undef, 'nor what is no JSON');
problem(post($closed, '{"x":"' . 'y' x 2_000_000 . '"}'),
    403, undef, 'however long it is');
problem(with('int_nobody99'), 404, undef,
    'an unknown integration is not found');

# The hash is what the database has.
is(
    value("select count(*) from pg_catalog.pg_stat_activity"
            . " where query like '%' || :'t' || '%'"
            . " and pid <> pg_backend_pid()", t => $TOKEN),
    0, 'no query shows the token');

done_testing;
