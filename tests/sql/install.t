#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Installing, installing again, installing under one plain role, refusing
# what cannot be, and leaving nothing behind.  Needs a superuser; makes and
# drops its own databases and its own role.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;

my $sql = "$Bin/../../sql";
my ($full, $plain, $other) = map { "tocsin_install_$$" . "_$_" } 1 .. 3;
my $role = "tocsin_install_$$";
my $owner = $$;

# What psql prints, errors and notices among it, and whether it succeeded.
sub psql
{
    my ($database, @arguments) = @_;
    open my $out, '-|', 'sh', '-c', 'exec psql "$@" 2>&1', 'psql', '-qXAt',
        '-v', 'ON_ERROR_STOP=1', '-d', $database, @arguments
        or die "could not run psql: $!\n";
    my $text = do { local $/; <$out> } // '';
    my $ok = close $out;
    chomp $text;
    return wantarray ? ($text, $ok) : $text;
}

# As the plain role; it has no password and needs none where tests run.
sub as_role
{
    my ($database, @arguments) = @_;
    return psql($database, '-c', "set session authorization $role",
        @arguments);
}

sub dump_of
{
    my ($database) = @_;
    open my $out, '-|', 'pg_dump', '-s', '-d', $database
        or die "could not run pg_dump: $!\n";
    # Newer releases of pg_dump put a random word into these two lines.
    my $text = join '', grep { !/^\\(?:un)?restrict / } <$out>;
    close $out or die "pg_dump failed\n";
    return $text;
}

sub make_database
{
    my ($name, $options) = @_;
    psql('postgres', '-c', "create database $name template template0 "
            . ($options // q{encoding 'UTF8' locale 'C.UTF-8'}));
    return;
}

END {
    my $status = $?;
    if ($$ == $owner) {
        psql('postgres', '-c', "drop database if exists $_ with (force)")
            for $full, $plain, $other;
        psql('postgres', '-c', "drop role if exists $role");
    }
    $? = $status;
}

# With roles.
make_database($full);
my ($text, $ok) = psql($full, '-f', "$sql/roles.sql");
ok($ok, 'roles.sql runs') or diag($text);
is($text, '', 'without a word');
($text, $ok) = psql($full, '-f', "$sql/roles.sql");
ok($ok, 'and runs again') or diag($text);
my $with_roles = dump_of($full);
($text, $ok) = psql($full, '-f', "$sql/install.sql");
ok($ok, 'install.sql runs') or diag($text);
is($text, '', 'without a word');
my $first = dump_of($full);
($text, $ok) = psql($full, '-f', "$sql/install.sql");
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
($text, $ok) = psql($full, '-f', "$sql/install.sql");
ok(!$ok, 'a newer schema is not installed over');
like($text, qr/the schema here has version 999.*Install from the newer/s,
    'and the message says so');
psql($full, '-c', 'delete from tocsin_internal.migration where version = 999');

# An interrupted or failing install leaves nothing.
is(dump_of($full), $first, 'and nothing was changed by the attempt');

# Upgrades keep the data: whoever finds an alert here sees it afterwards.
psql($full, '-c', "select tocsin_api.integration_add('kept', null, null,"
        . ' null)');
psql($full, '-f', "$sql/install.sql");
is(psql($full, '-c', 'select name from tocsin.integrations'), 'kept',
    'installing again keeps what is stored');

# Uninstall.
($text, $ok) = psql($full, '-f', "$sql/uninstall.sql");
ok($ok, 'uninstall.sql runs') or diag($text);
is(dump_of($full), $with_roles, 'and leaves nothing behind');
($text, $ok) = psql($full, '-f', "$sql/uninstall.sql");
ok($ok, 'it runs where there is nothing to remove') or diag($text);

# One plain role that owns its database and nothing else.
psql('postgres', '-c', "create role $role login");
make_database($plain);
psql('postgres', '-c', "alter database $plain owner to $role");
($text, $ok) = as_role($plain, '-f', "$sql/install.sql");
ok($ok, 'install.sql runs under a plain role') or diag($text);
is(psql($plain, '-c', 'select distinct pg_get_userbyid(relowner) from'
            . " pg_class where relnamespace::regnamespace::text ~ '^tocsin'"),
    $role, 'and everything belongs to that role');
is(psql($plain, '-c', "select count(*) from pg_namespace,"
            . ' aclexplode(nspacl) a'
            . " where nspname ~ '^tocsin' and a.grantee <> nspowner"),
    '0', 'nobody else has a right to anything');
my $by_role = dump_of($plain);
($text, $ok) = psql($plain, '-f', "$sql/install.sql");
ok($ok, 'a superuser can install again') or diag($text);
is(dump_of($plain), $by_role, 'and it still belongs to the plain role');

# The tests of ingest pass there, run by the role itself.
psql($plain, '-c', 'create extension pgtap', '-c',
    "grant usage, create on schema public to $role");
($text, $ok) = as_role($plain, '-f', "$Bin/020_ingest.sql");
ok($ok, 'ingest works for the plain role') or diag($text);
cmp_ok(scalar(() = $text =~ /^ok /mg), '>', 40, 'as its tests say');
unlike($text, qr/^not ok/m, 'none of them fails') or diag($text);
unlike($text, qr/Looks like/, 'and all were run');

# What cannot be.
make_database($other, q{encoding 'SQL_ASCII' locale 'C'});
($text, $ok) = psql($other, '-f', "$sql/install.sql");
ok(!$ok, 'a database in another encoding than UTF8 is refused');
like($text, qr/encoding of this database is SQL_ASCII.*ENCODING 'UTF8'/s,
    'and the message says which and what to do');
psql('postgres', '-c', "drop database $other with (force)");
make_database($other);
($text, $ok) = as_role($other, '-f', "$sql/install.sql");
ok(!$ok, 'a role that may not create schemas is refused');
like($text, qr/may not create schemas.*GRANT CREATE ON DATABASE/s,
    'and the message says what to do');
is(psql($other, '-c', "select count(*) from pg_namespace"
            . " where nspname ~ '^tocsin'"),
    '0', 'a refused install leaves nothing');

done_testing;
