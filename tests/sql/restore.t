#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# A dump of the database, restored into an empty one as tocsin(1) says: it is
# as it was, takes events, and can be upgraded, although what is granted on a
# database is in no dump.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use File::Temp qw(tempdir);
use Psql qw(psql as_role dump_of $SQL);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $rows = join ' union all ', map {
    "select '$_ ' || to_jsonb(t)::text as row from tocsin_internal.$_ t"
} qw(integration alert event setting transition migration rollup
    stale_rollup);
my $event = <<'END';
select outcome
  from tocsin_api.ingest(array[row(gen_random_uuid(), now(), 'webhook',
       'int_kept', null, '%s', '%s', %s, null, null, null, null, null, null,
       null, null, null, null, null, null)::tocsin_api.event_in])
END

sub send_event
{
    my ($database, $type, $id) = @_;
    return psql($database, '-c', 'set role tocsin_web', '-c', sprintf $event,
        $type, $id, $type eq 'create' ? "'title'" : 'null');
}

sub run
{
    my ($name, @command) = @_;
    open my $out, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', @command
        or die "could not run $command[0]: $!\n";
    my $text = do { local $/; <$out> } // '';
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(close $out, $name) || diag($text);
}

# Alerts of every status.
my $full = Psql::installed();
psql($full, '-c', 'insert into tocsin_internal.integration (integration_id,'
        . " name) values ('int_kept', 'kept')", '-c',
    'select tocsin_api.board_enable(true)');
is(send_event($full, @$_), $_->[2], "an alert is $_->[2]") for (
    [qw(create a created)], [qw(create b created)],
    [qw(acknowledge b acknowledged)], [qw(create c created)],
    [qw(resolve c resolved)]);
psql($full, '-c', 'insert into tocsin_internal.rollup select $$day$$, now(),'
        . ' id, 1, 1, 0, 1, 1, 0, 1.5 from tocsin.integrations', '-c',
    'insert into tocsin_internal.stale_rollup select $$day$$, now(), id,'
        . ' $$infinity$$ from tocsin.integrations');
my $schema = dump_of($full);
my $data = psql($full, '-c', "$rows order by row");

run('it is dumped', 'pg_dump', '-Fc', '-d', $full, '-f', "$dir/dump");
my $restored = Psql::database();
run('and restored, in parallel', 'pg_restore', '-e', '-j2', '-d', $restored,
    "$dir/dump");
is(dump_of($restored), $schema, 'with the same schema');
is(psql($restored, '-c', "$rows order by row"), $data, 'and the same data');
is(send_event($restored, 'resolve', 'a'), 'resolved', 'it takes events');
isnt(psql($restored, '-c', 'select datacl from pg_database'
            . ' where datname = current_database()'),
    psql($full, '-c', 'select datacl from pg_database'
            . ' where datname = current_database()'),
    'what was granted on the database is not in the dump');

my ($text, $ok) = psql($restored, '-f', "$SQL/install.sql");
ok($ok, 'a superuser installs again all the same') or diag($text);
($text, $ok) = as_role('tocsin_owner', $restored, '-f', "$SQL/install.sql");
ok($ok, 'and so does the owner') or diag($text);
is(dump_of($restored), $schema, 'and nothing is changed');
psql($restored, '-f', "$SQL/roles.sql");
is(psql($restored, '-c', 'select datacl from pg_database'
            . ' where datname = current_database()'),
    psql($full, '-c', 'select datacl from pg_database'
            . ' where datname = current_database()'),
    'roles.sql grants on the database what it should');

# What tocsin(1) says does not work.
my $fresh = Psql::installed();
$text = qx{pg_restore --data-only -t integration -t alert -d $fresh \\
    $dir/dump 2>&1};
like($text, qr/cannot begin as|there is no integration int_/,
    'data alone is not restored into an installation');

# Older versions, into a database of which nothing is granted.
for my $release (glob "$Bin/releases/*.dump") {
    my ($number) = $release =~ /(\d+)\.dump$/;
    my $old = Psql::database();
    ($text, $ok) = psql($old, '-f', $release);
    ok($ok, "version $number is restored") or diag($text);
    psql($old, '-c', 'create view tocsin.of_another as select 2 as n', '-c',
        'set role tocsin_owner', '-c', 'create view tocsin.of_mine as select'
            . ' n.status, 1 as n from tocsin.alerts n right join'
            . ' (values (1)) one on true');
    ($text, $ok) = as_role('tocsin_owner', $old, '-f', "$SQL/install.sql");
    ok($ok, 'and upgraded by its owner') or diag($text);
    is(psql($old, '-c', 'set role tocsin_web', '-c',
            'select tocsin_api.schema_version()'),
        psql($full, '-c', 'select tocsin_api.schema_version()'),
        'to this version');
    is(psql($old, '-c', 'select min(n) from tocsin.of_mine union all'
                . ' select n from tocsin.of_another'),
        "1\n2", 'views beside ours are as they were');
    ($text, $ok) = psql($old, '-f', "$SQL/install.sql");
    ok($ok, 'and in the way of no superuser either') or diag($text);
}

done_testing;
