#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A transaction of a higher isolation level judges by a snapshot that may be
# older than its locks: an acknowledge would not see the create it waited
# for.  Ingest refuses such a transaction, and nothing of it is stored.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two) = map { Psql->new($db) } 1 .. 2;

for my $level ('repeatable read', 'serializable') {
    $one->run("begin isolation level $level");
    is($one->run(Event::ingest(type => 'create', id => 'A')),
        'error 25000', "nothing is taken in a transaction that is $level");
    is($one->run(Event::ingest(type => 'create', id => [ 'A', 'B' ])),
        'error 25P02', 'and that transaction is at its end');
    $one->run('rollback');
    $one->run("set default_transaction_isolation = '$level'");
    is($one->run(Event::ingest(type => 'create', id => [ 'A', 'B' ])),
        'error 25000', 'nor where it is so by default');
    is($one->run("select ok from tocsin_api.self_check()"
                . " where name = 'isolation'"),
        'f', 'which self_check finds');
    $one->run('reset default_transaction_isolation');
}
is($two->run('select count(*) from tocsin_internal.event'), '0',
    'nothing of it is stored');
$one->run('begin isolation level read uncommitted');
is($one->run(Event::ingest(type => 'create', id => 'A')),
    'created', 'the lowest level is as good as the usual one');
$one->run('commit');
is($one->run("select ok from tocsin_api.self_check()"
            . " where name = 'isolation'"),
    't', 'self_check finds nothing wrong with the usual one');

# What a session of its own waits for, it sees.
$one->run('begin');
$one->run(Event::ingest(type => 'create', id => 'C'));
$two->start(Event::ingest(type => 'acknowledge', id => 'C'));
ok($two->is_blocked($one), 'an acknowledge waits for a create');
$one->run('commit');
is($two->answer, 'acknowledged', 'and knows of it');

# The responder's role has it right, whatever the database says.
$one->run("alter database $db"
        . " set default_transaction_isolation = serializable");
my $web = Psql->new("dbname=$db user=tocsin_web");
is($web->run(Event::ingest(type => 'resolve', id => 'C')),
    'resolved', 'the role of the responder is not led astray by a database');

done_testing;
