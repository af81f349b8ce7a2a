#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# How long a body may be, however its length is told.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $CAP = 2 * 1024 * 1024;
my $int = integration();
my $n = 0;

# A create of so many bytes.
sub body
{
    my ($bytes) = @_;
    my $head = '{"event_type":"create","Id":"' . ++$n . '","Title":"t",'
        . '"Meta":{"fill":"';
    my $tail = '"}}';
    return $head . 'x' x ($bytes - length($head) - length $tail) . $tail;
}

for my $bytes (65_535, 65_536, 65_537, 131_071, 131_072, 131_073,
    $CAP - 1, $CAP)
{
    accepted(post($int, body($bytes)), 'created', "$bytes bytes");
    accepted(post($int, body($bytes), chunked => 8000),
        'created', "$bytes bytes in chunks");
}
is(
    value("select count(*) from tocsin.alerts where integration_id = :'i'"
            . " and meta->>'fill' ~ '^x+\$'", i => $int),
    16, 'sixteen alerts were made');

for my $bytes ($CAP + 1, $CAP + 65_536) {
    problem(post($int, body($bytes)), 413, undef, "$bytes bytes");
    problem(post($int, body($bytes), chunked => 8000),
        413, undef, "$bytes bytes in chunks");
}
my $far = 10 * 1024 * 1024;
is(post($int, body($far))->{status}, 413, "$far bytes");
is(post($int, body($far), chunked => 65_536)->{status},
    413, "$far bytes in chunks");

accepted(post($int, body(300), chunked => 1), 'created', 'chunks of a byte');
accepted(post($int, body(300), chunked => 299), 'created', 'two chunks');

# A body that did not arrive whole is not judged.  Apache may say 400 to who
# cuts it, in words of its own.
my $short = post($int, body(300), length => 400, cut => 1);
unlike($short->{status}, qr/^2/, 'a body cut short is not accepted');
isnt("$short->{status} " . ($short->{headers}{'content-type'} // ''),
    '400 application/problem+json', 'nor is it called bad JSON');

# Headers.
my $long = post($int, body(300), headers => [ 'X-Long' => 'y' x 7000 ]);
accepted($long, 'created', 'a header of 7000 bytes');
my $huge = post($int, body(300), headers => [ 'X-Long' => 'y' x 70_000 ]);
like($huge->{status}, qr/^4\d\d$/, 'one of 70000 is refused by the server');

is(
    value("select count(*) from tocsin.alerts where integration_id = :'i'",
        i => $int),
    19, 'what was refused was not stored');

done_testing;
