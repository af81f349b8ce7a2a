#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# An event that can never be stored goes to bad/ with its reason and does not
# block those behind it; one that only an outage keeps from the database never
# goes there, whatever the outage looks like.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Cgi;
use Files qw(peek save);
use Psql qw(integration query);
use Responder;
use World qw(await need pick);

my $GOOD = $World::LONG ? 50 : 12;
my $DRAIN_S = 1 + 1; # a tick, and the second that is promised

need('psql');
my $world = World->new;
my $integration = integration(token => 'secret');
my ($number, $faults) = (0, 0);
my (%good);

sub event
{
    my ($id, $type) = @_;
    return {
        event_type => $type // 'create',
        Id => $id,
        Title => "Alert $id"
    };
}

# Spool events of these Ids; returns the names of their files.
sub spool
{
    my (@events) = @_;
    my %before = map { ($_ => 1) } $world->spooled('new');
    my $answer = Cgi::run(
        world => $world,
        integration => $integration,
        token => 'secret',
        away => 1,
        event => \@events);

    $answer->{status} == 202 or die "not spooled: $answer->{header}\n";
    return grep { !$before{$_} } $world->spooled('new');
}

sub spool_good
{
    my @ids = map { 'good ' . ++$number } 1 .. $GOOD;
    @good{@ids} = ();
    return spool(map { event($_) } @ids);
}

# Of these Ids, how many are not in the database.
sub missing
{
    my %stored = map { ($_->[0] => 1) }
        query('select external_id from tocsin.events');
    return scalar grep { !$stored{$_} } @_;
}

# A request with the database there: drains after its answer.
sub visit
{
    my $id = 'good ' . ++$number;
    my $answer = Cgi::run(
        world => $world,
        integration => $integration,
        token => 'secret',
        event => event($id));
    $good{$id} = 1 if $answer->{status} =~ /^2/;
    return $answer->{status};
}

sub empty_bad
{
    for (map { "$world->{spool}/bad/$_" } $world->spooled('bad')) {
        -d $_ ? rmdir : unlink;
    }
}

# Put bytes into new/ under a name that comes before all others.
sub plant
{
    my ($bytes, $n) = @_;
    save(sprintf('%s/new/%020d-%04x-%d', $world->{spool}, $n, 7,
            length $bytes), $bytes);
}

sub damaged_files
{
    my ($name) = spool(event('damaged'));
    my $bytes = peek("$world->{spool}/new/$name");
    my $n = 0;

    unlink "$world->{spool}/new/$name";
    for my $at (0 .. length($bytes) - 1) {
        for my $bit ($World::LONG ? 0 .. 7 : int rand 8) {
            my $copy = $bytes;
            substr($copy, $at, 1) ^= chr(1 << $bit);
            plant($copy, ++$n);
        }
        plant(substr($bytes, 0, $at), ++$n) if $World::LONG || $at % 16 == 0;
    }
    plant($bytes . 'x', ++$n);
    plant('', ++$n);
    mkdir sprintf '%s/new/%020d-%04x-%d', $world->{spool}, ++$n, 7, 0;
    spool_good();
    my $responder = Responder->start(world => $world);
    ok(await(60, sub { return !$world->spooled('new') }),
        'a spool full of damaged files is drained');
    $responder->stop;
    is(scalar(grep { !/\.why$/ } $world->spooled('bad')), $n,
        'each of them went to bad/');
    is(scalar(grep { -s "$world->{spool}/bad/$_" }
                grep { /\.why$/ } $world->spooled('bad')), $n,
        'with a reason');
    is(missing('damaged'), 1, 'none of them was stored');
    is(missing(keys %good), 0, 'what stood behind them is');
    note("$n damaged files");
    empty_bad();
}

# A trigger on the event log that raises what we like for what we like.
sub raise_on
{
    my ($sqlstate, $where) = @_;
    query('create or replace function public.refuse() returns trigger'
            . ' language plpgsql as $f$ begin'
            . " if $where then raise exception using"
            . " errcode = '$sqlstate', message = 'not this one'; end if;"
            . ' return new; end $f$;'
            . ' create trigger test_refuse before insert'
            . ' on tocsin_internal.event for each row'
            . ' execute function public.refuse()');
}

sub raise_no_more
{
    query('drop trigger test_refuse on tocsin_internal.event');
}

sub refused_events
{
    my ($sqlstate) = @_;
    raise_on($sqlstate, "new.external_id like 'marked%'");
    spool(event("marked $sqlstate a"), event("marked $sqlstate b"));
    spool_good();
    spool(event("marked $sqlstate c"));
    my $responder = Responder->start(world => $world);
    ok(await($DRAIN_S + 3, sub { return !$world->spooled('new') }),
        "with events that $sqlstate refuses the spool is drained");
    $responder->stop;
    is(scalar(grep { !/\.why$/ } $world->spooled('bad')), 3,
        'they went to bad/');
    is(missing(keys %good), 0, 'the others are stored');
    raise_no_more();
    empty_bad();
}

# One event at the head of the spool, with which every connection is lost.
sub fatal_event
{
    my ($sqlstate) = @_;
    my $id = "fatal $sqlstate";
    raise_on($sqlstate, "new.external_id = '$id'");
    spool(event($id));
    spool_good();
    my $responder = Responder->start(world => $world);
    ok(await(60, sub { return !missing(keys %good) }),
        "an event that $sqlstate refuses does not hold up the others");
    is(join(' ', $world->spooled('bad')), '', 'it does not go to bad/');
    is(scalar $world->spooled('new'), 1, 'but waits');
    raise_no_more();
    ok(await(60, sub { return !$world->spooled('new') }),
        'when nothing is in its way');
    is(missing($id), 0, 'it is stored');
    $responder->stop;
}

# An outage: broken with SQL, mended with SQL.
sub outage
{
    my ($name, $break, $mend, %o) = @_;
    spool_good();
    my $waiting = $world->spooled('new');
    ref $break ? $break->() : query($break);
    my $status = visit();
    is($status, $o{status} // 202, "$name: the sender is not refused");
    is(join(' ', $world->spooled('bad')), '', "$name: nothing goes to bad/");
    cmp_ok(scalar $world->spooled('new'), '>=', $o{left} // $waiting,
        "$name: what waits for it goes on waiting");
    ref $mend ? $mend->() : query($mend);
    visit();
    Responder::drain($world) if $world->spooled('new');
    is(scalar $world->spooled('new'), 0, "$name: mended, all is drained");
    is(missing(keys %good), 0, "$name: and stored");
    $faults++;
}

# Another session, which holds the rows it has updated.
my $holder;

sub hold_rows
{
    spool(event('held', 'acknowledge'));
    my $pid = open($holder, '|-') // die "could not fork: $!\n";
    if (!$pid) {
        open STDOUT, '>', "$world->{dir}/held";
        exec qw(psql -Xq) or POSIX::_exit(127);
    }
    $holder->autoflush;
    print $holder "begin; select * from tocsin_internal.alert"
        . " where external_id = 'held' for update;\n";
    await(10, sub { return -s "$world->{dir}/held" });
}

is(visit(), 200, 'the database is there');
damaged_files();
refused_events($_) for qw(23514 22P02);
fatal_event($_) for split ' ',
    pick('08006 0A000 25006 26000 42883 57P01', '42883');

my ($ingest) = query("select oid::regprocedure from pg_proc where"
        . " proname = 'ingest' and pronamespace = 'tocsin_api'::regnamespace");
$ingest = $ingest->[0];
outage('no right to call',
    "revoke execute on function $ingest from tocsin_web",
    "grant execute on function $ingest to tocsin_web");
outage('no function',
    "alter function $ingest rename to elsewhere",
    'alter function '
        . ($ingest =~ s/ingest\(/elsewhere(/r)
        . ' rename to ingest');
outage('no login',
    'alter role tocsin_web nologin', 'alter role tocsin_web login');
outage('no more connections',
    'alter role tocsin_web connection limit 0',
    'alter role tocsin_web connection limit -1');
outage('read-only',
    'alter role tocsin_web set default_transaction_read_only = on',
    'alter role tocsin_web reset default_transaction_read_only');
outage('no schema',
    'alter schema tocsin_api rename to away',
    'alter schema away rename to tocsin_api');
# tests/unit/db/test_sqlstate.c has all of them.
for my $sqlstate (split ' ', pick('54000 53100 53200 57014 40001 40P01 0A000
    XX000 XX001 P0001 25P02 42P01 42703 58030 72000 23503 23505 21000 F0000',
    '53100 23505')) {
    outage("SQLSTATE $sqlstate",
        sub { raise_on($sqlstate, 'true') }, \&raise_no_more);
}
Cgi::run(
    world => $world,
    integration => $integration,
    token => 'secret',
    event => event('held'));
outage('a row is held', \&hold_rows, sub { close $holder },
    status => 200, left => 1);
is(scalar query(
        "select status from tocsin.alerts where external_id = 'held'"),
    'acknowledged', 'what waited for the row is applied');
cmp_ok($faults, '>=', pick(20, 9), 'there were many kinds of outage');
is(scalar query('select count(*) from (select external_id from'
            . ' tocsin.alerts group by 1 having count(*) > 1) t'),
    0, 'nothing is stored twice');

done_testing();
