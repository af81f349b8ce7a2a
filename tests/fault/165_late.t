#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Two responders with a spool each and one database, which one of them cannot
# reach: what waits in its spool is overtaken by what the other one stores.
# tests/sql/late.t tries every history; these are three of them from end to
# end, and the same on one host whose clock steps back.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use Cgi;
use Files qw(preload save);
use History;
use Psql;
use Responder;
use World qw(await);
use World::Front;

my $world = World->new(thin => 1);
$world->{integration} = integration();
my $a = Responder->start(world => $world);
my $b = Responder->start(
    world => $world,
    conf => {
        spool => "$world->{dir}/spool_b",
        database => $world->conninfo =~ s/\Q$world->{dir}\E\/way/$ENV{PGHOST}/r
    });
await(10, sub { $world->has_copy }) // die "no copy of the integrations\n";

sub body
{
    my ($type, $id) = @_;
    return {
        event_type => $type,
        Id => $id,
        $type eq 'create' ? (Title => 'T') : ()
    };
}

# Send through a responder until the answer is the one that is wanted.
sub say_to
{
    my ($host, $status, $type, $id) = @_;
    my $answer;
    await(10, sub {
        $answer = $host->post(
            integration => $world->{integration},
            event => body($type, $id));
        return $answer->{status} == $status;
    });
    is($answer->{status}, $status, "$type $id: $status");
    sleep 0.01;
}

sub story
{
    my ($id) = @_;
    return join ', ', map { join ' ', @$_ } @{ History::rows(<<"END") };
select event_type, outcome, reason from tocsin.events
 where external_id = '$id' order by stored_at, id
END
}

sub statuses
{
    my ($id) = @_;
    return join ' ', map { $_->{status} }
        @{ alerts($world->{integration}, $id) };
}

# Send while A cannot reach the database, then let it.
sub away
{
    my (@events) = @_;
    $world->disconnect_database;
    say_to($b, 200, resolve => 'warm');
    for (@events) {
        my ($host, $type, $id) = @$_;
        say_to($host, $host == $a ? 202 : 200, $type, $id);
    }
    $world->connect_database;
    ok(await(30, sub { !$world->spooled }), 'the spool is drained');
}

say_to($a, 200, create => 'back');
away(
    [ $a, create => 'gone' ],
    [ $b, resolve => 'gone' ],
    [ $a, create => 'came and went' ],
    [ $b, create => 'came and went' ],
    [ $b, resolve => 'came and went' ],
    [ $a, resolve => 'back' ],
    [ $b, create => 'back' ]);
is(statuses('gone'), 'resolved', 'a create that its resolve overtook');
is(statuses('came and went'), 'resolved',
    'a create that a create and its resolve overtook');
is(statuses('back'), 'open', 'a resolve that the next create overtook');
like(story('back'), qr/, resolve ignored overtaken$/, 'is ignored');
is(scalar(my @bad = $world->spooled('bad')), 0, 'nothing is in bad/');
$_->stop for $a, $b;

# On one host, each request in a process of its own, the clock steps back; the
# last one comes through tocsin.cgi, which no library gets into.
my $clock = "$world->{dir}/clockstep";
my %env = (
    LD_PRELOAD => preload("$Bin/lib/clockstep.c", $world->{dir}),
    CLOCKSTEP => $clock);
$world->disconnect_database;
for (
    [ create => 'alone', 0 ],
    [ resolve => 'alone', -3600 ],
    [ create => 'thin', 3600 ],
    [ resolve => 'thin', 0, 'tocsin.cgi' ]
) {
    my ($type, $id, $step, $program) = @$_;
    save($clock, pack 'q', $step);
    my $answer = Cgi::run(
        world => $world,
        $program ? (program => "$world->{dir}/$program") : (),
        integration => $world->{integration},
        event => body($type, $id),
        env => $program ? {} : \%env);
    is($answer->{status}, 202, "$type $id waits, $step s from the time");
}
kill 'TERM', World::Front::running("$world->{dir}/tocsin.fcgi", '--door');
$world->connect_database;
ok(Responder::drain($world), 'the spool is drained');
for my $id (qw(alone thin)) {
    is(statuses($id), 'resolved', "$id: the clock of a host overtakes nothing");
    like(story($id), qr/^create created.*, resolve resolved/,
        "$id: they are stored in the order of their receipt");
}
is($world->end, 0, 'everything ends when it is told to');
done_testing;
