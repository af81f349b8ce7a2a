#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Four responders drain one spool while they are killed again and again;
# afterwards files that were drained come back, as from a power cut, and are
# drained once more.  Every event is applied once and in its order.
use strict;
use warnings;

use Fcntl qw(:flock);
use File::Copy qw(copy);
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Psql qw(integration query);
use Responder;
use World qw(now);

my $FILES = $World::LONG ? 5001 : 900;
my $IDS = $FILES / 3;
my $KILL_S = $World::LONG ? 0.05 : 0.02;
my $DRAINERS = 4;

my $world = World->new;
my $integration = integration(token => 'secret');
my $kept = "$world->{dir}/kept";
my $kills = 0;
my @drainers;

sub new_responder
{
    my (%o) = @_;
    return Responder->start(world => $world, conf => { workers => 2 }, %o);
}

# Fill the spool: each Id is created, acknowledged and resolved, the Ids
# mixed with each other.
sub fill
{
    my $responder = new_responder(away => 1);
    my %left = map { $_ => 3 } 1 .. $IDS;
    my @steps = qw(resolve acknowledge create);

    while (my @ids = grep { $left{$_} } keys %left) {
        splice @ids, 99;
        my @events = map { {
            event_type => $steps[ --$left{$_} ],
            Id => "r$_",
            Title => "Alert $_"
        } } @ids;
        my $answer = $responder->post(
            integration => $integration,
            token => 'secret',
            event => \@events);
        $answer->{status} == 202 or die "not spooled: $answer->{body}\n";
    }
    $responder->stop;
}

sub restore
{
    for ($world->spooled('../kept')) {
        copy("$kept/$_", "$world->{spool}/new/$_") or die "no copy: $!\n";
    }
}

# Drain with several at once; every now and then one of them is killed.
sub drain
{
    my ($murder) = @_;
    my $until = now() + 60;

    @drainers = map { new_responder(wait => 0) } 1 .. $DRAINERS;
    while ($world->spooled('new') && now() < $until) {
        sleep $KILL_S;
        next if !$murder;
        my $victim = $drainers[ rand @drainers ];
        $victim->signal('KILL');
        $victim->ended(5);
        $kills++;
        @drainers = grep { $_->{pid} } @drainers;
        push @drainers, new_responder(wait => 0);
    }
    $_->stop for @drainers;
    return !$world->spooled('new');
}

# All that is stored, as one number.
sub tables
{
    return join ' ', map {
        scalar query("select count(*) || ':' ||"
                . " md5(string_agg(t::text, '|' order by id))"
                . " from tocsin.$_ t")
    } qw(events alerts);
}

# The first request makes the copy of the integrations.
Responder::drain($world);
fill();
my @names = $world->spooled('new');
is(scalar @names, $FILES, 'the spool is full of events');
mkdir $kept;
for (@names) {
    copy("$world->{spool}/new/$_", "$kept/$_") or die "no copy: $!\n";
}

# Nobody drains while another has the lock.
open my $lock, '>>', "$world->{spool}/drain.lock" or die "no lock: $!\n";
flock $lock, LOCK_EX;
my $waiting = new_responder();
sleep 2.5;
is(scalar $world->spooled('new'), $FILES, 'one at a time drains');
kill 'KILL', $waiting->{pid};
$waiting->ended(5);
close $lock;

ok(drain(1), 'several drain it, though they are killed');
cmp_ok($kills, '>=', 4, 'some were killed');
my @ids = map { World::event_in("$kept/$_")->{id} } @names;
my %stored = map { ($_->[0] => 1) } query('select id from tocsin.events');
is(scalar grep({ !$stored{$_} } @ids), 0, 'every event is stored');
is(scalar keys %stored, $FILES, 'and no other');
is(scalar query(
        'select count(*) from (select external_id, string_agg(outcome, \' \''
            . ' order by received_at, id) as story from tocsin.events'
            . ' group by 1) s'
            . " where story <> 'created acknowledged resolved'"),
    0, 'the events of each Id were applied in their order');

my $before = tables();
for my $again (1 .. 3) {
    restore();
    is(scalar $world->spooled('new'), $FILES, 'what was drained comes back');
    ok(drain($again == 3), 'and is drained again');
    is(tables(), $before, 'which changes nothing');
}
is(join(' ', $world->spooled('bad')), '', 'nothing went to bad/');
note("$kills killed");

done_testing();
