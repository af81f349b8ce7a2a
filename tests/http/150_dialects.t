#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The requests of other senders, through their dialects: what is stored, and
# what each is answered.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use JSON::PP ();
use Psql;
use Test::More;
use Vectors;
use World front => 'lighttpd-spawn', 'await';

# The events of an integration in the order of their arrival.
sub stored
{
    my ($int) = @_;
    return map { "$_->{event_type} $_->{external_id}" } @{ rows(
            'select event_type, external_id from tocsin_internal.event'
                . " where integration_id = :'id' order by event_id",
            id => $int) };
}

sub escape
{
    my ($path) = @_;
    $path =~ s{([^A-Za-z0-9/._-])}{sprintf '%%%02X', ord $1}ge;
    return $path;
}

sub send_vector
{
    my ($int, $name, $v) = @_;
    my $path = "integration/$int/$name";
    $path .= '/' . escape($v->{path}) if length $v->{path};
    $path .= "?$v->{query}" if length $v->{query};
    return request(
        $v->{method} => $path,
        headers => $v->{headers},
        $v->{method} eq 'GET' ? () : (body => $v->{body}));
}

sub check
{
    my ($int, $name, $v) = @_;
    my $where = "$name.txt:$v->{line}";
    my $before = () = stored($int);
    my $answer = send_vector($int, $name, $v);
    my $status = $v->{stored} // $v->{status};
    is($answer->{status}, $status, "$where: the status")
        || diag($answer->{body});
    my $body = $v->{stored} ? $v->{stored_answer} : $v->{answer};
    ok(same($answer->{json}, $body), "$where: the answer")
        || diag($answer->{body})
        if defined $body;
    my @got = stored($int);
    splice @got, 0, $before;
    s/^create \K[0-9a-f]{8}-[0-9a-f-]+$/(made)/ for @got;
    my @want = map { "$_->{event_type} " . ($_->{Id} // '(made)') }
        grep { ref } @{ $v->{want} };
    is_deeply(\@got, $status < 300 ? \@want : [], "$where: what is stored");
}

for my $name (dialects()) {
    my $token = token($name);
    my $int = integration(defined $token ? (token => $token) : ());
    check($int, $name, $_) for vectors($name);
}

my $int = integration();
problem(
    request(
        POST => "integration/$int/nosuch",
        headers => [ 'Content-Type' => 'application/json' ],
        body => '{"event_type":"create","Title":"t"}'
    ),
    404, undef, 'an unknown dialect is not found');
problem(
    request(
        POST => 'integration/int_nobody99/oncall',
        headers => [ 'Content-Type' => 'application/json' ],
        body => '{"title":"t"}'
    ),
    404, undef, 'nor is an unknown integration');

# What a browser is shown.
for (
    [ alertmanager => 405, qr{-d '\{&quot;version.*/alertmanager</pre>}s ],
    [ opsgenie => 404, qr{/opsgenie/v2/alerts</pre>} ],
    [ nagios => 405, qr{<pre>curl -d 'type=PROBLEM&amp;} ])
{
    my ($name, $status, $sample) = @$_;
    my $page = request(GET => "integration/$int/$name",
        headers => [ Accept => 'text/html,*/*;q=0.8' ]);
    is($page->{status}, $status, "$name: a browser's GET");
    like($page->{headers}{'content-type'}, qr{^text/html}, 'gets a page');
    like($page->{body}, $sample, 'that shows what to send');
}
is(request(GET => "integration/$int/alertmanager")->{headers}{'content-type'},
    'application/problem+json', 'others do not');

# An alert from one end to the other.
for my $step (
    [ firing => 'created' ],
    [ firing => 'duplicate' ],
    [ resolved => 'resolved' ])
{
    my $answer = request(
        POST => "integration/$int/alertmanager",
        headers => [ 'Content-Type' => 'application/json' ],
        body => json({
            alerts => [ {
                status => $step->[0],
                labels => { alertname => 'A', severity => 'page' },
                fingerprint => 'f1'
            } ]
        }));
    is($answer->{json}{results}[0]{outcome}, $step->[1], "it is $step->[1]");
}
my ($alert) = @{ alerts($int, 'f1') };
is($alert->{status}, 'resolved', 'the alert is resolved');
is($alert->{urgency}, 'critical', 'its urgency was mapped');
is($alert->{meta}{dialect}, 'alertmanager', 'it says how it came');

# A look-up: by the event's id, for who may send.
my $guarded = integration(token => 'sesame');
my $key = [ Authorization => 'GenieKey sesame' ];
my $made = request(
    POST => "integration/$guarded/opsgenie/v2/alerts",
    headers => $key,
    body => '{"alias":"l1","message":"m"}');
my $id = $made->{json}{requestId} // '';
my $path = "integration/$guarded/opsgenie/v2/alerts/requests/";
my $found = request(GET => $path . $id, headers => $key);
($alert) = @{ alerts($guarded, 'l1') };
is($found->{status}, 200, 'what became of an event is told');
is($found->{json}{data}{alertId}, $alert->{id}, 'with its alert');
is($found->{json}{data}{alias}, 'l1', 'its Id');
is($found->{json}{data}{status}, 'created', 'and the outcome');
for (qw(01980000-0000-7000-8000-000000000000 nonsense)) {
    $found = request(GET => $path . $_, headers => $key);
    is($found->{status}, 404, "$_ names none");
    is($found->{headers}{'x-opsgenie-errortype'},
        'RequestNotProcessed', 'and that is told in a header');
}
is(request(GET => $path . $id)->{status}, 403, 'without a token, none');
is(request(POST => $path . $id, headers => $key)->{status},
    405, 'by another method, none');

# Many at once.
my @alerts = map { { status => 'firing', fingerprint => "m$_",
        labels => { alertname => "A$_" } } } 1 .. 5000;
my $answer;
await(120, sub {
    $answer = request(
        POST => "integration/$int/alertmanager",
        headers => [ 'Content-Type' => 'application/json' ],
        body => json({ alerts => \@alerts }));
    return $answer->{status} != 503; # a busy machine was too slow: again
});
is($answer->{status}, 200, '5000 alerts in one request');
is(
    (
        grep { ($_->{outcome} // '') =~ /^(?:created|queued|duplicate)$/ }
            @{ $answer->{json}{results} // [] }
    ),
    5000,
    'are stored, or spooled where that takes too long');
push @alerts, { status => 'firing' };
problem(
    request(
        POST => "integration/$int/alertmanager",
        headers => [ 'Content-Type' => 'application/json' ],
        body => json({ alerts => \@alerts })
    ),
    422, undef, '5001 are too many');

done_testing;
