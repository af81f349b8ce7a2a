#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What is refused, with which status and which words.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $int = integration();
my $BODY = '{"event_type":"create","Id":"x","Title":"t"}';

# Not JSON.
problem(post($int, $_->[0]), 400, undef, "$_->[1]: 400")
    for [ '', 'an empty body' ],
    [ ' ', 'white space alone' ],
    [ 'null', 'null' ],
    [ 'true', 'a boolean' ],
    [ '7', 'a number' ],
    [ '"create"', 'a string' ],
    [ "$BODY,", 'a comma after the end' ],
    [ "$BODY$BODY", 'two documents' ],
    [ "$BODY\0", 'a NUL after the end' ],
    [ "\xef\xbb\xbf$BODY", 'a byte order mark' ],
    [ substr($BODY, 0, -1), 'a body cut short' ],
    [ 'event_type=create&Id=x&Title=t', 'a form' ],
    [ '<event type="create"/>', 'XML' ],
    [ "{'event_type':'create'}", 'single quotes' ],
    [ '{"event_type":"create","Title":"t",}', 'a trailing comma' ],
    [ '{"event_type":"create","Title":"t","Meta":{"n":1e401}}',
        'a number of 402 digits in Meta' ],
    [ '{"event_type":"create","Title":"t","Meta":{"n":[1e-401]}}',
        'one of 401 places' ],
    [ qq({"event_type":"create","Title":@{[ '9' x 401 ]}}),
        'a Title of 401 digits' ];
is_deeply(alerts($int), [], 'nothing was stored');
accepted(
    post($int, qq({"event_type":"create","Title":"t","Id":"deep","Meta":)
            . '{"a":' x 31 . '1' . '}' x 31 . '}'),
    'created', 'a body nested 32 deep');
problem(
    post($int, qq({"event_type":"create","Title":"t","Meta":)
            . '{"a":' x 32 . '1' . '}' x 32 . '}'),
    400, undef, 'one nested 33 deep');
problem(post($int, '[' x 100_000), 400, undef, 'one nested 100000 deep');
accepted(
    post($int, qq({"event_type":"create","Title":"t","Id":"num","Meta":)
            . '{"a":1e399,"b":-1E-400,"c":5e-324,"d":0e999999999,"e":'
            . '9' x 400 . '},"x":1e9999,"y":[1e-9999,' . '9' x 999 . ']}'),
    'created', 'numbers at their limits, and beyond where they are not kept');
is(
    value(
        "select sum(length(value)) from tocsin.alerts, jsonb_each_text(meta)"
            . " where external_id = 'num' and integration_id = :'i'",
        i => $int),
    400 + 403 + 326 + 1 + 400,
    'they are stored, written out');

# What is told of a document that is not JSON.
like(post($int, $_->[0])->{json}{detail}, $_->[1], $_->[2])
    for [ qq({\n"a":1,\n}), qr/ at line 3, column 1 \(offset 9\): remove/,
    'a place and the likely slip' ],
    [ "\x1f\x8b\x08\0\0\0", qr/: it is compressed with gzip;/, 'gzip' ],
    [ '{"event_type":"create","Title":"t","Meta":{"n":1e401}}',
    qr/^Meta has .* at line 1, column 48/, 'a number that is not kept' ];

# Members.
sub faulty
{
    my ($event, $pointer, $name) = @_;
    problem(post($int, $event), 422, $pointer, $name);
}
faulty({ Id => 'x', Title => 't' }, '/event_type', 'no event_type');
faulty({ event_type => $_->[0], Id => 'x', Title => 't' },
    '/event_type', "event_type $_->[1]")
    for [ 'open', 'open' ], [ '', 'empty' ], [ undef, 'null' ],
    [ 1, 'a number' ], [ ['create'], 'an array' ],
    [ 'create;', 'with a semicolon' ], [ "cr\x{e9}ate", 'with an accent' ],
    [ 'createcreate', 'twice' ];
faulty({ event_type => 'create', Id => 'x' }, '/Title', 'no Title');
faulty({ event_type => 'create', Id => 'x', Title => $_->[0] },
    '/Title', "Title $_->[1]")
    for [ '', 'empty' ], [ " \t\n ", 'white space' ], [ undef, 'null' ],
    [ [], 'an array' ], [ { a => 1 }, 'an object' ];
my $answer = post($int, { event_type => '<script>alert(1)', Id => 'x' });
unlike($answer->{body}, qr/<script/, 'an answer does not repeat the input');
is($answer->{headers}{'cache-control'}, 'no-store', 'nor is it kept');

# Content-Type.
accepted(post($int, $BODY), 'created', 'type application/json');
accepted(post($int, $BODY, type => $_), 'duplicate', "type $_")
    for 'application/json; charset=utf-8', 'APPLICATION/JSON',
    'application/json;q="a;b"', 'application/json ; x=y';
problem(post($int, $BODY, type => $_), 415, undef, "type $_")
    for 'application/x-www-form-urlencoded', 'text/plain', 'text/json',
    'application/jsonp', 'application/json-seq', 'multipart/form-data';
problem(request(POST => "integration/$int", body => $BODY),
    415, undef, 'no Content-Type');

# Content-Encoding.
accepted(post($int, $BODY, headers => [ 'Content-Encoding' => $_ ]),
    'duplicate', "Content-Encoding $_")
    for 'identity', 'Identity';
for my $encoding (qw(gzip deflate br x-gzip)) {
    $answer =
        post($int, $BODY, headers => [ 'Content-Encoding' => $encoding ]);
    problem($answer, 415, undef, "Content-Encoding $encoding");
    is($answer->{json}{detail},
        "Content-Encoding $encoding is not accepted; send identity",
        'it is named');
    is($answer->{headers}{'accept-encoding'},
        'identity', 'and the one that is accepted');
}
$answer = post($int, $BODY,
    headers => [ 'Content-Encoding' => 'x-<script>, gzip' ]);
problem($answer, 415, undef, 'an encoding that is no name');
unlike($answer->{body}, qr/script/, 'is not repeated');

# Methods.
for my $method (qw(GET PUT DELETE PATCH)) {
    $answer = request($method, "integration/$int",
        headers => [ 'Content-Type' => 'application/json' ],
        $method eq 'GET' ? () : (body => $BODY));
    problem($answer, 405, undef, $method);
    is($answer->{headers}{allow}, 'POST', 'the answer says Allow: POST');
}
$answer = request(GET => "integration/$int",
    headers => [ Accept => 'text/html,*/*;q=0.8' ]);
is($answer->{status}, 405, "a browser's GET");
is($answer->{headers}{allow}, 'POST', 'the answer says Allow: POST');
like($answer->{headers}{'content-type'}, qr{^text/html}, 'and is a page');
like($answer->{body}, qr/curl -H .*event_type/s, 'that shows what to send');
$answer = request(HEAD => "integration/$int");
is($answer->{status}, 405, 'HEAD');
is($answer->{headers}{allow}, 'POST', 'the answer says Allow: POST');
is($answer->{body}, '', 'and has no body');

# Paths.
my $send = sub {
    my ($path) = @_;
    return request(POST => $path, body => $BODY,
        headers => [ 'Content-Type' => 'application/json' ]);
};
accepted($send->("integration/$int$_"), 'duplicate', "the path with '$_'")
    for '/', '?', '?a=b&event_type=resolve', '/?x=/integration/int_other';
problem($send->("integration/$_"), 404, undef, "the path '$_'")
    for '', 'int_', 'abc', "${int}x", uc $int, "$int/b", "x$int",
    'int_' . 'a' x 65, "$int.", 'int_%C3%BC', "$int%20";

# The server may have its own opinion of these, and words of its own.
for my $path ('integration', 'integrations/x', 'x', "$int",
    'integration/int_a%2fb', "x/integration/$int", 'integration/int_a%00b',
    'integration/int_a%0d%0aStatus:%20200', 'integration/../../../etc/passwd')
{
    like($send->($path)->{status}, qr/^40[04]$/, "the path '$path'");
}

# Integrations.
my $nobody = 'int_nobody99';
problem(post($nobody, $BODY), 404, undef, 'an unknown integration');
problem(post($nobody, $_->[0]), 404, undef, "it goes before $_->[1]")
    for [ '{', 'what is no JSON' ],
    [ '{"event_type":"x"}', 'a broken member' ],
    [ '[' x 2_000_000, 'a long body' ];
problem(post($nobody, $BODY, type => 'text/plain'),
    415, undef, 'but after the type');
problem(post($nobody, 'x' x 2_097_153), 413, undef, 'and the size');
my $off = integration();
value("select enabled from tocsin_api.integration_enable(:'i', false)",
    i => $off);
$answer = post($off, $BODY);
problem($answer, 405, undef, 'a disabled integration');
is($answer->{json}{title}, 'Integration disabled', 'the answer says so');

# lighttpd passes no header on that has no value.
is($answer->{headers}{allow}, $ENV{FRONT} =~ /^lighttpd/ ? undef : '',
    'the answer says Allow: and nothing more');
value("select enabled from tocsin_api.integration_enable(:'i', true)",
    i => $off);
accepted(post($off, $BODY), 'created', 'one that was enabled again');

# A sender's mistake is told in words that name no one.
unlike(post($nobody, $BODY)->{body}, qr/nobody99/, 'the id is not repeated');
is(@{ alerts($int, 'x') }, 1, 'of all that, one alert was made');

done_testing;
