#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# An integration is deleted while it gets its first alert.  Whoever is first:
# no alert is left without an integration.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;
my $delete = 'delete from tocsin_internal.integration';
my $orphans = 'select count(*) from tocsin_internal.alert a where not exists'
    . ' (select from tocsin_internal.integration i'
    . ' where i.integration_id = a.integration_id)';

# As the responder has it, but for a busy machine.
$_->run("set lock_timeout = '20s'") for $one, $two;

for my $ids ('A', [ 'B', 'C' ]) {
    my $create = Event::ingest(type => 'create', id => $ids);

    $two->run('begin');
    $two->run($delete);
    $one->start($create);
    ok($one->is_blocked($watch), 'a create waits for a delete');
    $two->run('commit');
    is($one->answer, 'error 23503', 'and is refused');
    is($watch->run($orphans), '0', 'no alert is without an integration');
    $watch->run('insert into tocsin_internal.integration'
            . " (integration_id, name) values ('int_race', 'race')");
}

$one->run('begin');
$one->run(Event::ingest(type => 'create', id => 'D'));
$two->start($delete);
ok($two->is_blocked($watch), 'a delete waits for a create');
$one->run('commit');
is($two->answer, 'error 23503', 'and is refused');

# A snapshot that is older than the alert does not show it.
$watch->run('insert into tocsin_internal.integration'
        . " (integration_id, name) values ('int_other', 'other')");
$two->run('begin isolation level repeatable read');
is($two->run("$delete where integration_id = 'int_other'"), 'error 25001',
    'in repeatable read none is deleted');
$two->run('rollback');
is($watch->run($orphans), '0', 'no alert is without an integration');

done_testing;
