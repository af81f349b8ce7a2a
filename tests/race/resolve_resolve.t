#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Two senders end the same alert at the same moment: one does it, the other
# learns that it was done, and the time kept is the first.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;

for my $type (qw(acknowledge resolve)) {
    my $done = "${type}d";
    $watch->run(Event::ingest(type => 'create', id => $type));
    my $row = 'select to_jsonb(a) from tocsin_internal.alert a'
        . " where external_id = '$type'";

    $one->run('begin');
    is($one->run(Event::ingest(type => $type, id => $type)), $done,
        "the first $type is done");
    $two->start(Event::ingest(type => $type, id => $type));
    ok($two->is_blocked($watch), 'the second waits');
    my $after_first = $one->run($row);
    $one->run('commit');
    is($two->answer, 'ignored', 'and is ignored');
    is($watch->run($row), $after_first, 'the first time is kept');
}

# One event that arrives twice at once, as after a lost answer.
for my $type (qw(create acknowledge resolve)) {
    my $id = Event::new_id();
    my $event = Event::ingest(type => $type, id => 'twice',
        event_id => $id);
    my $done = $type eq 'create' ? 'created' : "${type}d";
    $one->run('begin');
    is($one->run($event), $done, "an event to $type is stored");
    $two->start($event);
    ok($two->is_blocked($watch), 'the same event a second time waits');
    $one->run('commit');
    is($two->answer, $done, 'and gets the same receipt');
    is($watch->run('select count(*) from tocsin_internal.event'
                . " where event_id = '$id'"),
        '1', 'it is in the log once');
}

done_testing;
