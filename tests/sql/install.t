#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Installing, installing again, installing under one plain role, refusing
# what cannot be, and leaving nothing behind.
use strict;
use warnings;

use FindBin qw($Bin);
use lib $Bin;
use Installation;
use Test::More;

my $full = Installation::database();
my $role = Installation::plain_role();

# With roles.
my ($text, $ok) = psql($full, '-f', "$SQL/roles.sql");
ok($ok, 'roles.sql runs') or diag($text);
is($text, '', 'without a word');
($text, $ok) = psql($full, '-f', "$SQL/roles.sql");
ok($ok, 'and runs again') or diag($text);
my $with_roles = dump_of($full);
($text, $ok) = psql($full, '-f', "$SQL/install.sql");
ok($ok, 'install.sql runs') or diag($text);
is($text, '', 'without a word');
my $first = dump_of($full);
($text, $ok) = psql($full, '-f', "$SQL/install.sql");
ok($ok, 'install.sql runs again') or diag($text);
is(dump_of($full), $first, 'the second time nothing changes');
is(psql($full, '-c', 'select count(*) from tocsin_internal.migration'),
    psql($full, '-c', 'select max(version) from tocsin_internal.migration'),
    'each migration was applied once');
is(psql($full, '-c', 'select count(*) from pg_class where relnamespace'
            . "::regnamespace::text ~ '^tocsin' and pg_get_userbyid("
            . "relowner) <> 'tocsin_owner'"),
    '0', 'everything belongs to tocsin_owner');

# A schema of the future.
psql($full, '-c', "insert into tocsin_internal.migration values (999, 'x')");
($text, $ok) = psql($full, '-f', "$SQL/install.sql");
ok(!$ok, 'a newer schema is not installed over');
like($text, qr/the schema here has version 999.*Install from the newer/s,
    'and the message says so');
psql($full, '-c', 'delete from tocsin_internal.migration where version = 999');

# An interrupted or failing install leaves nothing.
is(dump_of($full), $first, 'and nothing was changed by the attempt');

# Upgrades keep the data: whoever finds an alert here sees it afterwards.
psql($full, '-c', "select tocsin_api.integration_add('kept', null, null,"
        . ' null)');
psql($full, '-f', "$SQL/install.sql");
is(psql($full, '-c', 'select name from tocsin.integrations'), 'kept',
    'installing again keeps what is stored');

# Uninstall.
($text, $ok) = psql($full, '-f', "$SQL/uninstall.sql");
ok($ok, 'uninstall.sql runs') or diag($text);
is(dump_of($full), $with_roles, 'and leaves nothing behind');
($text, $ok) = psql($full, '-f', "$SQL/uninstall.sql");
ok($ok, 'it runs where there is nothing to remove') or diag($text);

# One plain role that owns its database and nothing else.
my $plain = Installation::database();
psql('postgres', '-c', "alter database $plain owner to $role");
($text, $ok) = as_role($role, $plain, '-f', "$SQL/install.sql");
ok($ok, 'install.sql runs under a plain role') or diag($text);
is(psql($plain, '-c', 'select distinct pg_get_userbyid(relowner) from'
            . " pg_class where relnamespace::regnamespace::text ~ '^tocsin'"),
    $role, 'and everything belongs to that role');
is(psql($plain, '-c', "select count(*) from pg_namespace,"
            . ' aclexplode(nspacl) a'
            . " where nspname ~ '^tocsin' and a.grantee <> nspowner"),
    '0', 'nobody else has a right to anything');
my $by_role = dump_of($plain);
($text, $ok) = psql($plain, '-f', "$SQL/install.sql");
ok($ok, 'a superuser can install again') or diag($text);
is(dump_of($plain), $by_role, 'and it still belongs to the plain role');

# Tests of what is stored, shown, deleted and made up pass there, run by the
# role itself.
psql($plain, '-c', 'create extension pgtap', '-c',
    "grant usage, create on schema public to $role");
for my $test (qw(020_ingest 070_views 075_metrics 100_maintain 110_demo)) {
    ($text, $ok) = as_role($role, $plain, '-f', "$Bin/$test.sql");
    ok($ok && $text !~ /^not ok/m && $text !~ /Looks like/,
        "$test passes for the plain role") or diag($text);
    cmp_ok(scalar(() = $text =~ /^ok /mg), '>', 10, 'as its tests say');
}
for my $other (qw(tocsin_web tocsin_reader)) {
    ($text, $ok) = psql($plain, '-c', "set role $other", '-c',
        'select * from tocsin.alerts');
    ok(!$ok, "$other of another installation sees nothing there");
    like($text, qr/permission denied for schema tocsin/, 'and is told so');
}

# What cannot be.
my $other = Installation::database(q{encoding 'SQL_ASCII' locale 'C'});
($text, $ok) = psql($other, '-f', "$SQL/install.sql");
ok(!$ok, 'a database in another encoding than UTF8 is refused');
like($text, qr/encoding of this database is SQL_ASCII.*ENCODING 'UTF8'/s,
    'and the message says which and what to do');
$other = Installation::database();
($text, $ok) = as_role($role, $other, '-f', "$SQL/install.sql");
ok(!$ok, 'a role that may not create schemas is refused');
like($text, qr/may not create schemas.*GRANT CREATE ON DATABASE/s,
    'and the message says what to do');
is(psql($other, '-c', "select count(*) from pg_namespace"
            . " where nspname ~ '^tocsin'"),
    '0', 'a refused install leaves nothing');

done_testing;
