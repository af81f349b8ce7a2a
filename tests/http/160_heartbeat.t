#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# A ping below an integration's URL, whatever it sends, is a resolve of the
# heartbeat's Id.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $int = integration();
my $path = "integration/$int/heartbeat";

sub ping
{
    my ($below, %o) = @_;
    return request(POST => "$path/$below", %o);
}

my $answer = ping('job', body => '');
is($answer->{status}, 200, 'a ping');
is_deeply([ @{ $answer->{json} }{qw(outcome Id)} ],
    [qw(heard heartbeat/job)], 'is heard');
is_deeply(
    rows('select event_type, external_id, outcome from tocsin.events'
            . " where integration_id = :'i'", i => $int),
    [ { event_type => 'resolve', external_id => 'heartbeat/job',
        outcome => 'ignored' } ],
    'as an event that finds nothing to resolve');

for (
    [ 'a form', body => 'a=b',
        headers => [ 'Content-Type' => 'application/x-www-form-urlencoded' ] ],
    [ 'an event', body => '{"event_type":"create","Id":"x","Title":"t"}',
        headers => [ 'Content-Type' => 'application/json' ] ],
    [ 'what is nothing', body => '{', headers => [ 'Content-Type' => 'x' ] ],
    [ 'a text', body => 'x' x 100_000 ],
    [ 'a text in pieces', body => 'x' x 10_000, chunked => 1000 ])
{
    my ($name, %o) = @$_;
    next if $o{chunked} && $ENV{FRONT} =~ /-cgi|htaccess|fcgid/;
    $answer = ping('job', %o);
    is($answer->{json}{outcome}, 'heard', "$name is a ping like any other");
}
is(ping('job/', body => '')->{json}{outcome}, 'heard',
    'so is one with a slash');

$answer = ping('job/fail', body => '');
is($answer->{json}{outcome}, 'created', 'a failure opens an alert');
is(alerts($int, 'heartbeat/job')->[0]{title}, 'Heartbeat job failed',
    'which says so');
is(ping('job', body => '')->{json}{outcome}, 'heard', 'the next ping');
is(alerts($int, 'heartbeat/job')->[0]{status}, 'resolved', 'resolves it');

# Who would ping by mistake.
$answer = request(GET => "$path/job");
problem($answer, 405, undef, 'a link preview is no ping');
is($answer->{headers}{allow}, 'POST', 'and is told what would be');
is(request(HEAD => "$path/job")->{status}, 405, 'nor is a HEAD');
problem(ping($_, body => ''), 404, undef, "$path/$_ is nothing")
    for 'job/start', '-job', 'a' x 65;
is(request(POST => $path, body => '')->{status}, 404, 'nor is no name');

# Alertmanager's alert that always fires, repeated as long as all is well.
sub dog
{
    return value("select status from tocsin.heartbeats where name = 'dog'"
            . " and integration_id = :'i'", i => $int);
}
value("select name from tocsin_api.heartbeat_add('dog', '1 h', '1 h', :'i',"
        . " 'id', 'f00d')", i => $int);
is(dog(), 'new', 'a heartbeat waits for an Id');
for my $name (qw(created duplicate)) {
    $answer = request(POST => "integration/$int/alertmanager",
        headers => [ 'Content-Type' => 'application/json' ],
        body => '{"status":"firing","alerts":[{"status":"firing",'
            . '"labels":{"alertname":"Watchdog"},"fingerprint":"f00d"}]}');
    like($answer->{body}, qr/"$name"/, "Watchdog: $name");
    is(dog(), 'up', 'and heard');
}

# The sender is judged as ever.
my $closed = integration(token => 'sesame');
my $url = "integration/$closed/heartbeat/job";
problem(request(POST => $url, body => ''), 403, undef, 'without its token');
is(
    request(POST => $url, body => '',
        headers => [ 'pagertree-token' => 'sesame' ])->{json}{outcome},
    'heard', 'and with it');
problem(request(POST => 'integration/int_nobody99/heartbeat/job', body => ''),
    404, undef, 'an unknown integration');

done_testing;
