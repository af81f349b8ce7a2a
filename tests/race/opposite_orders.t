#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Processes send batches with the same Ids in opposite orders, creates that
# have no row yet among them.  If each waited for what the other holds,
# PostgreSQL would end one of them with a deadlock.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my @sessions = map { Psql->new($db) } 1 .. 4;
my $watch = Psql->new($db);

my ($wrong, $calls) = ('', 0);
for my $round (1 .. 40) {
    my $type = (qw(create create acknowledge resolve))[ $round % 4 ];
    my @ids = map { 'key ' . $_ } 1 .. 30;
    for my $i (0 .. $#sessions) {
        my @order = $i % 2 ? reverse @ids : @ids;
        $sessions[$i]->start(Event::ingest(type => $type, id => \@order));
    }
    for my $session (@sessions) {
        my @outcomes = split /\n/, $session->answer;
        $calls++;
        next if @outcomes == @ids && !grep { /^error/ } @outcomes;
        $wrong .= "round $round: @outcomes\n";
    }
}
is($wrong, '', 'batches in opposite orders are all stored');
is($calls, 160, '160 of them');
is($watch->run('select count(*) from tocsin_internal.event'), 160 * 30,
    'the log has every event');
is($watch->run('select count(*) from (select from tocsin_internal.alert'
            . ' where resolved_at is null group by external_id'
            . ' having count(*) > 1) x'),
    '0', 'no Id has two live alerts');
is($watch->run('select count(*) from (select from tocsin_internal.event'
            . " where outcome in ('created', 'acknowledged', 'resolved')"
            . ' group by alert_id, outcome having count(*) > 1) x'),
    '0', 'each alert is opened, acknowledged and resolved once at most');
is($watch->run('select deadlocks from pg_stat_database'
            . ' where datname = current_database()'),
    '0', 'there was no deadlock');

# One event and several lock alike.
for my $pair (['held', ['other', 'held']], [['other', 'held'], 'held']) {
    my ($first, $second) = @$pair;
    $sessions[0]->run('begin');
    $sessions[0]->run(Event::ingest(type => 'create', id => $first));
    $sessions[1]->start(Event::ingest(type => 'create', id => $second));
    ok($sessions[1]->is_blocked($watch),
        (ref $first ? 'one event waits for several'
            : 'several events wait for one') . ' of its key');
    $sessions[0]->run('rollback');
    is($sessions[1]->answer, ref $second ? "created\ncreated" : 'duplicate',
        'and then is applied');
}

# A held key costs the others lock_timeout, not more.
my ($one, $two) = @sessions;
$one->run('begin');
$one->run(Event::ingest(type => 'create', id => 'held'));
$two->run("set lock_timeout = '200ms'");
is($two->run(Event::ingest(type => 'create', id => 'held')),
    'error 55P03', 'who waits for a key too long is told so');
$one->run('commit');

done_testing;
