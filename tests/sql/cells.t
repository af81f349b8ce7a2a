#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# sql/dashboard/cells.sql: every view over two cells has the rows of both.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Psql qw(psql $SQL);
use Test::More;

my @cells = map { Psql::installed() } 1 .. 2;
for my $n (0, 1) {
    psql($cells[$n], '-c',
        "select tocsin_api.demo_data(3, $n)", '-c',
        "select tocsin_api.heartbeat_add('job', '1 d', '1 h')", '-c',
        "select tocsin_api.destination_add('duty', 'mail',"
            . " 'duty\@example.org', null)", '-c',
        "select tocsin_api.destination_test('duty')");
}

my $overview = Psql::database();
my $sql = "$SQL/dashboard/cells.sql";
my ($text, $ok) = psql($overview, '-f', $sql);
like($text, qr/no foreign server whose name begins with cell_\nHINT/,
    'without a cell it says what to do');
psql($overview, '-c', 'create extension postgres_fdw', map({
    (
        '-c', "create server cell_$_ foreign data wrapper postgres_fdw options"
            . " (host '$ENV{PGHOST}', port '$ENV{PGPORT}',"
            . " dbname '$cells[$_]', async_capable 'true')",
        '-c', "create user mapping for public server cell_$_"
            . " options (user '$ENV{PGUSER}')")
} 0, 1));
($text, $ok) = psql($overview, '-f', $sql);
ok($ok, 'the views are made') or diag($text);

# The names of views, with their columns.
sub views
{
    my ($database) = @_;
    return scalar psql($database, '-c', <<'END');
select c.relname, string_agg(a.attname || ' ' || format_type(a.atttypid, null),
           ', ' order by a.attnum)
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
 where c.relnamespace = 'tocsin'::regnamespace and c.relkind = 'v'
 group by 1 order by 1
END
}

is(views($overview), views($cells[0]), 'with the columns that a cell has');
my @views = views($overview) =~ /^(\w+)/mg;
cmp_ok(scalar @views, '>', 8, 'there are all of them');

# Time goes on while two databases are asked: ages grow, and windows move.
sub rows_of
{
    my ($database, $view) = @_;
    my ($rows) = psql($database, '-c', "select (to_jsonb(v)"
            . " - '{age_seconds, unacknowledged_seconds, silent_seconds,"
            . " value, created_24h_count, mtta_7d_seconds,"
            . " mttr_7d_seconds}'::text[])::text from tocsin.$view v");
    return split /\n/, $rows;
}

for my $view (@views) {
    my @both = map { rows_of($_, $view) } @cells;
    my %once = map { $_ => 1 } @both;
    @both = keys %once if $view eq 'metric_definitions';
    cmp_ok(scalar @both, '>', 1, "$view has rows");
    is_deeply([ sort(rows_of($overview, $view)) ], [ sort @both ],
        "$view over both cells is the sum");
}

# A column that only one of them has, as while they are upgraded.
psql($cells[1], '-c', 'create or replace view tocsin.tags as'
        . ' select t.*, 1 as more from (' . psql($cells[1], '-c',
        "select rtrim(pg_get_viewdef('tocsin.tags'), ';')") . ') t');
($text, $ok) = psql($overview, '-f', $sql);
ok($ok, 'they are made again while cells differ') or diag($text);
is(views($overview), views($cells[0]), 'with the columns that all have');

done_testing;
