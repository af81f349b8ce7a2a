#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A partition is made while events of its month arrive.  An event that was
# on its way to the default partition must not be refused because it
# belongs elsewhere a moment later.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin, "$Bin/../lib";
use Event;
use Psql;
use Test::More;

my $db = Event::database();
my ($one, $two, $watch) = map { Psql->new($db) } 1 .. 3;

# An event id of the month i_ahead months from now.
sub id_ahead
{
    my ($ahead, $n) = @_;
    return $watch->run('select overlay(tocsin_internal.uuid_floor('
            . "date_trunc('month', now(), 'UTC')"
            . " + interval '$ahead months 3 days')::text"
            . " placing '7000-8000-00000000000$n' from 15)");
}

$one->run('begin');
is($one->run(Event::ingest(type => 'create', id => 'A',
            event_id => id_ahead(5, 1))),
    'created', 'an event goes to the default partition');
$two->start('select tocsin_internal.make_event_partitions(5)');
ok($two->is_blocked($watch), 'making its partition waits for it');
$one->run('commit');
is($two->answer, '3', 'and then is done');

$one->run('begin');
$one->run('select tocsin_internal.make_event_partitions(7)');
$two->start(Event::ingest(type => 'create', id => 'B',
        event_id => id_ahead(7, 2)));
ok($two->is_blocked($watch), 'an event waits for its partition');
$one->run('commit');
is($two->answer, 'created', 'and is taken');
# Maintenance and an installation at once.
$one->run('begin');
$one->run('select tocsin_internal.make_event_partitions(8)');
$two->start('select tocsin_internal.make_event_partitions(8)');
ok($two->is_blocked($watch), 'two make the same partition');
$one->run('commit');
is($two->answer, '0', 'and the second finds it there');

is($watch->run('select count(*) from tocsin_internal.event_default'), '0',
    'none of them is left in the default partition');
is($watch->run('select count(*) from tocsin_internal.event'), '2',
    'and both are in the log');

done_testing;
