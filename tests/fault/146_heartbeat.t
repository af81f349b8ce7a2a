#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Heartbeats, checked by a responder, through an outage in which PostgreSQL is
# restarted: one whose pings were spooled is not late; one without pings is, and
# recovers.  Under CGI the requests themselves check them.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Cgi;
use Psql qw(integration query);
use Responder;
use World qw(await);

my $world = World->new;
my $int = integration();
my $responder = Responder->start(world => $world);

sub alarms
{
    my ($name) = @_;
    return query("select coalesce(string_agg(status || ' ' || title, ', '),"
            . " 'none') from tocsin.alerts"
            . " where external_id = 'heartbeat/$name'");
}

sub ping
{
    my ($name, $below) = @_;
    return $responder->post(world => $world, event => '',
        integration => "$int/heartbeat/$name" . ($below // ''));
}

# One that pinged is not late again before the other one was seen to be.
my %every = (job => '60 s', silent => '10 s');
for my $name (sort keys %every) {
    query("select name from tocsin_api.heartbeat_add('$name',"
            . " '$every{$name}', '10 s', '$int')");
}
ok(defined await(30, sub {
    return query('select ticked_at is not null from tocsin_internal.ticker')
        eq 't';
}), 'the responder looks after heartbeats');
is(ping('job')->{json}{outcome}, 'heard', 'a ping is heard');

# An outage, in which both were due: their times are moved.
query('update tocsin_internal.heartbeat set heard_at = null, look_at = now(),'
        . ' late_since = null,'
        . " armed_at = now() + interval '2 s' - period - grace");
$world->stop_postgres;
is(ping('job')->{status}, 202, 'while PostgreSQL is down a ping is spooled');
sleep 3;
$world->start_postgres;
ok(defined await(60, sub { !$world->spooled }), 'the spool is drained');
ok(defined await(60, sub { alarms('silent') ne 'none' }),
    'afterwards one that did not ping is late');
is(alarms('silent'), 'open Heartbeat silent is late', 'an alert says so');
is(query('select created_at >= pg_postmaster_start_time() + interval'
            . " '10 s' from tocsin.alerts"
            . " where external_id = 'heartbeat/silent'"),
    't', 'but not before it had its grace');
is(alarms('job'), 'none', 'and the one that did is not');
is(query("select heard_at < pg_postmaster_start_time() from tocsin.heartbeats"
            . " where name = 'job'"), 't', 'since it was heard in the outage');
is(ping('silent', '/fail')->{json}{outcome}, 'duplicate',
    'a failure is told to the alert that is there');
is(ping('silent')->{json}{outcome}, 'heard', 'and success');
is(alarms('silent'), 'resolved Heartbeat silent is late', 'ends it');
ok($responder->stop, 'the responder ends');

# A process for each request: the first one looks, the next ones rest.
sub ticked
{
    query('update tocsin_internal.ticker set ticked_at = null');
    Cgi::run(world => $world, event => '', integration => '',
        env => { REQUEST_METHOD => 'GET', SCRIPT_NAME => '/live',
            PATH_INFO => '' });
    return query('select ticked_at is not null from tocsin_internal.ticker');
}
is(ticked(), 't', 'a CGI program looks after its answer');
is(ticked(), 'f', 'but not after each');
utime 1, 1, "$world->{spool}/tick";
is(ticked(), 't', 'again when it is time');

is($world->end, 0, 'no process had to be killed');
done_testing;
