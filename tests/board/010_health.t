#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# /live, /ready and /metrics report the state, whatever the database does.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use World postgres => 'own', front => 'lighttpd-spawn',
    qw(await has_program while_frozen);
use Http;
use Psql;
use Test::More;
use Time::HiRes qw(time);

my $int = integration(name => "a \"name\"\\ of\nlines");
accepted(create($int, Id => "x$_"), 'created', "event $_") for 1 .. 3;
accepted(create($int, Id => 'x1'), 'duplicate', 'one comes again');
accepted(post($int, { event_type => 'acknowledge', Id => 'x2' }),
    'acknowledged', 'one is acknowledged');
problem(post($int, '{'), 400, undef, 'and one is no JSON');
problem(post($int, { event_type => 'create' }), 422, '/Title',
    'and one has no title');

# An answer and how long it took.
sub timed
{
    my $start = time;
    my $answer = request(@_);
    return ($answer, time - $start);
}

# The value of a sample of /metrics, or undef.
sub sample
{
    my ($text, $name) = @_;
    return $text =~ /^\Q$name\E (\S+)$/m ? $1 : undef;
}

my ($answer, $took) = timed(GET => 'live');
is($answer->{status}, 200, '/live is answered');
is_deeply($answer->{json}, { live => JSON::PP::true }, 'and says so');
$answer = request(HEAD => 'live');
is("$answer->{status} '$answer->{body}'", "200 ''",
    'HEAD has the head of it only');
problem(request(POST => 'live', body => ''), 405, undef,
    'nothing is sent to it');

$answer = request(GET => 'ready');
is($answer->{status}, 200, '/ready says that events can be stored');
is($answer->{json}{database}{ok}, JSON::PP::true, 'in the database');
is($answer->{json}{database}{schema}, $answer->{json}{database}{needs_schema},
    'whose schema is the right one');
is($answer->{json}{spool}{ok}, JSON::PP::true, 'and in the spool');
is($answer->{json}{spool}{waiting}, 0, 'in which nothing waits');
is($answer->{headers}{'cache-control'}, 'no-store', 'nobody may keep that');
my @all = together(map { [ GET => 'ready' ] } 1 .. 20);
is(scalar(grep { $_->{status} == 200 } @all), 20,
    'twenty who ask at once all hear the same');
is(request(HEAD => 'ready')->{status}, 200, 'HEAD works too');
ok(!-e "$ENV{FRONT_DIR}/spool/probe", 'no probe stays in the spool');

# What the database has counted, when its sessions have reported it.
sub questions
{
    return value(q{select coalesce(sum(calls), 0) from pg_stat_user_functions
        where funcname = 'ingest'});
}
query("alter role tocsin_web set track_functions = 'pl'");
query('select pg_terminate_backend(pid) from pg_stat_activity'
        . q{ where usename = 'tocsin_web'});
await(10, sub { request(GET => 'ready')->{status} == 200 && questions() })
    or die "nothing is counted\n";
my ($before, $start) = (questions(), time);
request(GET => 'ready') for 1 .. 200;
$took = time - $start;
sleep 2; # sessions report once a second
request(GET => 'ready');
await(5, sub { questions() > $before }) or die "nothing is counted\n";
cmp_ok(questions() - $before, '<=', $took + 4,
    'the database is asked once a second, however many ask');

value("select name from tocsin_api.heartbeat_add('job', '1 h', '1 h', '$int')");
await(60, sub {
    return value('select ticked_at is not null from tocsin_internal.ticker');
}) or die "nobody ticks\n";
unlike(request(GET => 'metrics')->{body}, qr/deliver|destination|relay/,
    'of what is told it says nothing where nobody is told');
value("select name from tocsin_api.destination_add('duty', 'mail',"
        . " 'duty\@example.org', null)");
value("select tocsin_api.destination_test('duty')");
$answer = request(GET => 'metrics');
my $text = $answer->{body};
is($answer->{status}, 200, '/metrics is answered');
is($answer->{headers}{'content-type'},
    'text/plain; version=0.0.4; charset=utf-8', 'as Prometheus wants it');
is(sample($text, 'tocsin_database_up'), 1, 'it says that the database is up');
cmp_ok(abs(sample($text, 'tocsin_clock_offset_seconds')), '<', 0.5,
    'whose clock is ours, as it is the same machine');
like($text, qr/^tocsin_build_info\{version="[\d.]+",schema="\d+"\} 1$/m,
    'and what runs');
for (
    [ 'events_total{outcome="created"}', 3, 'created' ],
    [ 'events_total{outcome="duplicate"}', 1, 'repeated' ],
    [ 'events_total{outcome="acknowledged"}', 1, 'acknowledged' ],
    [ 'events_total{outcome="invalid"}', 1, 'refused' ],
    [ 'requests_total{code="200"}', 5, 'answered with 200' ],
    [ 'requests_total{code="400"}', 1, 'answered with 400' ],
    [ 'requests_total{code="422"}', 1, 'answered with 422' ],
    [ 'batch_events_sum', 5, 'in all calls of the database' ],
    [ 'batch_events_bucket{le="1"}', 5, 'in calls of one event' ],
    [ 'spool_events', 0, 'waiting in the spool' ],
    [ 'spool_bad_events', 0, 'gone bad' ])
{
    my ($name, $want, $what) = @$_;
    is(sample($text, "tocsin_$name"), $want, "it counts what was $what");
}
is(sample($text, 'tocsin_request_duration_seconds_count'),
    sample($text, 'tocsin_request_duration_seconds_bucket{le="+Inf"}'),
    'the last bucket of a histogram has them all');
cmp_ok(sample($text, 'tocsin_request_duration_seconds_sum'),
    '>', 0, 'and time has passed');
cmp_ok(sample($text, 'tocsin_spool_free_bytes'), '>', 0, 'there is room');
my $name = 'a \"name\"\\\\ of\nlines';
is(sample($text, "tocsin_alerts{integration_id=\"$int\","
            . "integration=\"$name\",status=\"open\"}"),
    2, 'alerts are counted by integration and status, odd names escaped');
is(sample($text, "tocsin_heartbeat_late{integration_id=\"$int\","
            . "integration=\"$name\"}"),
    0, 'so are late heartbeats');
cmp_ok(sample($text, 'tocsin_tick_age_seconds'), '>=', 0,
    'and when somebody looked at them');
is(sample($text, "tocsin_$_->[0]"), $_->[1], "$_->[0] is $_->[1]")
    for [ 'deliveries{state="due"}', 1 ], [ 'deliveries{state="dead"}', 0 ],
    [ 'destination_broken{destination="duty"}', 0 ],
    [ 'outbox_oldest_seconds', 0 ];
cmp_ok(sample($text, 'tocsin_oldest_due_delivery_seconds'),
    '>', 0, 'something waits to be told');
unlike($text, qr/tocsin_relay_seen/, 'and no relay was ever seen');
is(request(HEAD => 'metrics')->{status}, 200, 'HEAD works too');

SKIP: {
    my $promtool = has_program('promtool');
    skip 'promtool is not installed', 1 unless $promtool;
    open my $check, '|-', "$promtool check metrics"
        or die "promtool: $!\n";
    print $check $text;
    ok(close $check, 'promtool finds nothing to complain of');
}

# What the host's own monitoring sees is not for others, who come from
# another address than that of the loopback.
SKIP: {
    my ($address) = qx(hostname -I) =~ /(\d+\.\d+\.\d+\.\d+)/;
    skip 'this host has no address but that of the loopback', 4
        unless $address;
    is(Http::status_from('127.0.0.2', 'live'), 200,
        'this host may ask from any of its own addresses');
    is(Http::status_from($address, $_), 403, "/$_ is for this host alone")
        for qw(live ready metrics);
}

# Only who is in the spool's copy of the integrations may use the spool.
# It is compared with the database when it is old.
my $copy = "$ENV{FRONT_DIR}/spool/integrations";
utime 1, 1, $copy;
await(60, sub { qx(cat $copy) =~ /$int/ })
    or die "the spool has no copy of the integrations\n";
while_frozen(
    sub {
        sleep 1; # so long the last answer is given again
        for my $path (qw(live ready metrics)) {
            ($answer, $took) = timed(GET => $path);
            cmp_ok($took, '<', 2.5,
                "/$path is answered while the database is frozen");
            is($answer->{status}, $path eq 'ready' ? 503 : 200,
                "/$path knows what to say of it");
            next if $path eq 'live';
            $path eq 'ready'
                ? is($answer->{json}{database}{ok}, JSON::PP::false,
                    'the database is not ready')
                : is(sample($answer->{body}, 'tocsin_database_up'),
                    0, 'the database is not up');
        }
        is($answer->{status}, 200, 'the counters are there nevertheless');
        is(sample($answer->{body}, 'tocsin_events_total{outcome="created"}'),
            3, 'with what they had');
        is(create($int, Id => 'late')->{status}, 202,
            'an event goes into the spool');
        is(sample(request(GET => 'metrics')->{body}, 'tocsin_spool_events'),
            1, 'and is seen to wait there');
    });
ok( await(60,
        sub {
            sample(request(GET => 'metrics')->{body}, 'tocsin_spool_events')
                == 0;
        }),
    'when the database is back it is stored');
ok(await(2, sub { request(GET => 'ready')->{status} == 200 }),
    'and all is ready again');

# A spool that cannot be written to.
chmod 0500, "$ENV{FRONT_DIR}/spool";
$answer = request(GET => 'ready');
is($answer->{status}, 503, 'a spool that fails its probe is not ready');
is($answer->{json}{spool}{ok}, JSON::PP::false, 'and is named');
chmod 0700, "$ENV{FRONT_DIR}/spool";

done_testing;
