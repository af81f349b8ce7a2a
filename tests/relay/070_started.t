#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Where no relay stays and cron does not start one, responders do (relay_start):
# each notification is sent soon after the event's answer, and the relay holds
# nothing open of the web server's.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/lib";
use Http qw(create);
use Test::More;
use Time::HiRes qw(sleep);
use World postgres => 'own', qw(await now);
use World::Front ();
use File::Copy qw(copy);
use Files qw(slurp peek);
use Psql;
use Sink ();

my $ALERTS = 100; # of each, through CGI
my @FRONTS = qw(lighttpd-cgi apache-cgi lighttpd-spawn);
my $sink = Sink->new(map { ("/slow-$_" =>
            [3, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]) } @FRONTS);
chmod 0711, $ENV{PGHOST}; # for the web server's user

# A destination, and a route to it for what an integration opens.
sub told_to
{
    my ($name, $path) = @_;
    my $integration = integration(name => $name);
    sql(<<'END', name => $name, address => "$sink->{base}$path",
with d as (
    insert into tocsin_internal.destination
           (destination_id, name, kind, format, address, gap, gap_max,
           give_up_after)
    values ('dst_' || substr(translate(md5(:'name'), '0123456789',
           'ghijklmnop'), 1, 12), :'name', 'webhook',
           'standard', :'address', '0', '0', '72 hours')
 returning destination_id),
r as (
    insert into tocsin_internal.route (position, name, integration_id)
    select coalesce(max(position), 0) + 1, :'name', :'integration'
      from tocsin_internal.route
 returning route_id)
insert into tocsin_internal.step (route_id, step_no, destination_id)
select route_id, 1, destination_id from r, d;
END
        integration => $integration);
    return $integration;
}

sub front
{
    my ($name) = @_;
    my $front = World::Front->start($name, settings => join '; ',
        'relay_start = yes', 'relay_allow = 127.0.0.0/8',
        "relay_database = host=$ENV{PGHOST} port=$ENV{PGPORT}"
            . " dbname=$ENV{PGDATABASE} user=tocsin_relay");
    my $relay = $front->{responder} =~ s/tocsin\.fcgi$/tocsin-relay/r;

    copy("$World::ROOT/build/tocsin-relay", $relay) or die "$relay: $!\n";
    chmod 0755, $relay;
    $ENV{BASE_URL} = $front->{url};
    return ($front, $relay);
}

sub sent
{
    my ($integration, $id) = @_;
    my $answer = create($integration, Id => $id, Title => $id);
    return $answer->{status} == 200;
}

# What a relay has that was started while the web server ran.
sub keeps
{
    my ($pid, $front) = @_;
    my %own = map { $_ => 1 } '/dev/null',
        map { "$front->{spool}/$_" } qw(kick door.log);
    my %theirs = map { $_ => 1 } grep { /^socket:/ }
        map { readlink // () }
        map { glob "/proc/$_/fd/*" }
        grep { $_ != $pid } ($front->{server_pid}, $front->residents,
            World::descendants($front->{server_pid}));
    my %has = map { m{/(\d+)$} => readlink // '' } glob "/proc/$pid/fd/*";

    is(join(' ', @has{0 .. 2}), join(' ', ('/dev/null') x 3),
        'its standard descriptors lead nowhere');
    is(join(' ', grep { $theirs{$_} } values %has), '',
        'it has no connection of the web server');
    is(join(' ', grep { m{^/} && !$own{$_} } values %has), '',
        'and no file but its own');
    my @strange = grep { !/^(?:TOCSIN_\w+|PG\w+|HOME)=/ }
        split /\0/, slurp("/proc/$pid/environ");
    is("@strange", '', 'nor anything of a request in its environment');
    my ($group, $session) = slurp("/proc/$pid/stat") =~
        /\) \S \d+ (\d+) (\d+)/;
    is("$group $session", "$pid $pid", 'it has a session of its own');
}

# Relays that have ended and that nobody has waited for.
sub zombies
{
    return grep { (peek($_) // '') =~ /^\d+ \(tocsin-relay\) Z/ }
        glob '/proc/[0-9]*/stat';
}

for my $name (@FRONTS) {
    my ($front, $relay) = front($name);
    my $integration = told_to($name, "/$name");
    my $slow = told_to("$name-slow", "/slow-$name");
    my $alerts = $name =~ /cgi/ ? $ALERTS : 20;
    my $accepted = 0;

    # Some within the two seconds in which no other relay is started.
    for my $n (1 .. $alerts) {
        $accepted += sent($integration, "alert-$n");
        sleep rand 0.05;
        sleep 2.5 if $n == $ALERTS / 2;
    }
    is($accepted, $alerts, "$name: alerts are opened");
    my $at = now();
    my %told;
    await(60, sub {
        %told = ();
        $told{ $_->{headers}{'webhook-id'} }++
            for $sink->requests("/$name");
        return %told == $alerts;
    });
    is(scalar keys %told, $alerts, 'and each is told');
    is(scalar(grep { $_ > 1 } values %told), 0, 'once');
    diag(sprintf '%s: the last %.1f s after its answer', $name, now() - $at);

    ok(sent($slow, 'slow'), 'one whose receiver takes its time');
    ok(defined await(60, sub { $sink->requests("/slow-$name") }),
        'is told of it');
    SKIP: {
        skip 'only root may look at its descriptors', 6 if $>;
        # What waits for another is not connected to anything.
        my ($pid) = grep { (() = glob "/proc/$_/fd/*") > 5 }
            World::Front::running($relay);
        ok($pid, 'a relay can be looked at');
        keeps($pid, $front) if $pid;
    }
    ok(defined await(60, sub { !World::Front::running($relay) }),
        'each relay ends');
    is(scalar(zombies()), 0, 'and is gone');
    is($front->stop, 0, "$name ends well");
}
done_testing();
