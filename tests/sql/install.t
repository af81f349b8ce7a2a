#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Installing, installing again, installing under one plain role, refusing
# what cannot be, and leaving nothing behind.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Psql qw(psql as_role dump_of $SQL);
use Test::More;

my $full = Psql::database();
my $role = Psql::plain_role();

# With roles.
my ($text, $ok) = psql($full, '-f', "$SQL/roles.sql");
ok($ok, 'roles.sql runs') or diag($text);
is($text, '', 'without a word');
($text, $ok) = psql($full, '-f', "$SQL/roles.sql");
ok($ok, 'and runs again') or diag($text);
my $may_create = "select has_schema_privilege('$role', 'public', 'create')";
psql($full, '-c', 'grant create on schema public to public');
is(psql($full, '-c', $may_create), 't', 'where everybody may create in public');
psql($full, '-f', "$SQL/roles.sql");
is(psql($full, '-c', $may_create), 'f', 'nobody may when it has run');
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

# Whatever the settings of the database are, and whatever rights its owner
# gives to new objects.
my $odd = Psql::database();
my $by_default = 'alter default privileges for role tocsin_owner';
psql($odd, map { ('-c', "$by_default grant all on $_ to $role, public") }
    qw(tables sequences functions schemas));
psql('postgres', '-c', "alter database $odd set $_")
    for 'standard_conforming_strings = off', 'escape_string_warning = off',
    'quote_all_identifiers = on', 'array_nulls = off',
    'transform_null_equals = on', "datestyle = 'SQL, DMY'",
    "intervalstyle = 'sql_standard'", "timezone = 'Pacific/Chatham'",
    "bytea_output = 'escape'", "default_transaction_isolation = serializable";
for my $file (qw(roles install install)) {
    ($text, $ok) = psql($odd, '-f', "$SQL/$file.sql");
    ok($ok, "$file.sql runs in a database with odd settings") or diag($text);
}
like(psql($odd, '-c', "select tocsin_api.integration_add('odd', null, null,"
            . ' null)'), qr/,odd,/, 'functions are called there');
is(psql($odd, '-c', q{select tocsin_internal.plain_text('a<br>b&nbsp;c')}),
    "a\nb c", 'which read their patterns as anywhere else');
psql('postgres', '-c', "alter database $odd reset all");
is(psql($odd, '-c', <<"SQL"), "n tocsin USAGE\nv tocsin SELECT",
select distinct concat_ws(' ', o.kind, o.place, a.privilege_type)
  from (
       select 'n', nspname, nspacl from pg_namespace
        union all
       select relkind, relnamespace::regnamespace::text, relacl from pg_class
        union all
       select 'f', pronamespace::regnamespace::text, proacl from pg_proc)
       o(kind, place, acl)
 cross join aclexplode(o.acl) a
 where o.place ~ '^tocsin'
   and a.grantee = '$role'::regrole
 order by 1
SQL
    'whom its owner grants everything by default only reads the views');
psql($odd, '-c', "drop owned by $role",
    map { ('-c', "$by_default revoke all on $_ from public") }
    qw(tables sequences schemas));
is(dump_of($odd), $first, 'and it installs the same');

# A schema of the future.
psql($full, '-c', "insert into tocsin_internal.migration values (999, 'x')");
($text, $ok) = psql($full, '-f', "$SQL/install.sql");
ok(!$ok, 'a newer schema is not installed over');
like($text, qr/the schema has version 999.*Install the newer/s,
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

# Uninstall, but not what others have built on it.
my $before = dump_of($full);
my @built = (
    [ 'a view',
        'create view public.mine as select 1 as n from tocsin.hourly',
        'drop view public.mine', 'view public.mine' ],
    [ 'a table with a type of ours',
        'create table public.mine (a integer, b tocsin_internal.status)',
        'drop table public.mine', 'table column public.mine.b' ],
    [ 'a domain', 'create domain public.mine as tocsin_internal.status',
        'drop domain public.mine', 'type public.mine' ],
    [ 'a foreign key', 'create table public.mine (a text references'
            . ' tocsin_internal.integration)', 'drop table public.mine',
        'table constraint mine_a_fkey on public.mine' ],
    [ 'a function', 'create function public.mine(tocsin.alerts)'
            . " returns text language sql as 'select null::text'",
        'drop function public.mine', 'function public.mine(tocsin.alerts)' ],
    [ 'a trigger', 'create table public.mine ();'
            . ' create trigger mine before insert on public.mine execute'
            . ' function tocsin_internal.guard_record()',
        'drop table public.mine', 'trigger mine on public.mine' ],
    [ 'a trigger of a name like ours', 'create table public.mine ();'
            . ' create trigger "tocsin.sync" before insert on public.mine'
            . ' execute function tocsin_internal.guard_record()',
        'drop table public.mine', 'trigger "tocsin.sync" on public.mine' ],
    [ 'a rule', 'create table public.mine (); create rule mine as on insert'
            . ' to public.mine do also select tocsin_api.schema_version()',
        'drop table public.mine', 'rule mine on public.mine' ],
    [ 'a publication', 'set client_min_messages = error; create publication'
            . ' mine for table tocsin_internal.event',
        'drop publication mine',
        'publication relation tocsin_internal.event in publication mine' ],
    [ 'a materialized view', 'create materialized view public.mine as select'
            . ' 1 as n from tocsin.hourly',
        'drop materialized view public.mine',
        'materialized view public.mine' ],
    [ 'a type of another role', "create type tocsin.mine as enum ('a');"
            . " alter type tocsin.mine owner to $role",
        'drop type tocsin.mine', 'type tocsin.mine' ],
    [ 'a table of another role', 'create table tocsin.mine ();'
            . " alter table tocsin.mine owner to $role",
        'drop table tocsin.mine', 'table tocsin.mine' ],
);
for my $n (0 .. $#built) {
    s/mine/mine$n/g for @{ $built[$n] }[ 1 .. 3 ];
}
psql($full, map { ('-c', $_->[1]) } @built);
($text, $ok) = psql($full, '-f', "$SQL/uninstall.sql");
ok(!$ok, 'uninstall.sql stops at what others have built');
like($text, qr/^HINT:  Nothing was removed/m, 'says so');
for my $case (@built) {
    my ($what, undef, undef, $name) = @$case;
    like($text, qr/^(?:DETAIL: +)?\Q$name\E$/m, "and names $what");
}
psql($full, map { ('-c', $_->[2]) } @built);
is(dump_of($full), $before, 'and nothing is gone');
($text, $ok) = psql($full, '-f', "$SQL/uninstall.sql");
ok($ok, 'uninstall.sql runs') or diag($text);
is(dump_of($full), $with_roles, 'and leaves nothing behind');
($text, $ok) = psql($full, '-f', "$SQL/uninstall.sql");
ok($ok, 'it runs where there is nothing to remove') or diag($text);

# A schema of one of our names that somebody else has made, who could do in it
# what he likes while a superuser installs; and one that is the installing
# role's own, but not of tocsin.
my $taken = Psql::database();
for my $name (qw(tocsin tocsin_api tocsin_internal)) {
    psql($taken, '-c', "create schema $name authorization $role", '-c',
        "create table $name.migration (version integer, name text)", '-c',
        "alter table $name.migration owner to $role");
    my $before = dump_of($taken);
    for my $file (qw(install uninstall)) {
        ($text, $ok) = psql($taken, '-f', "$SQL/$file.sql");
        ok(!$ok, "a schema $name of another role stops $file.sql");
        like($text, qr/schema $name in .* belongs to role $role\n/,
            'and the message says whose it is');
        like($text, qr/^HINT:.*connect as $role.*ALTER SCHEMA $name/m,
            'and what to do');
    }
    is(dump_of($taken), $before, 'which leaves it alone');

    psql($taken, '-c', "drop schema $name cascade", '-c',
        "create schema $name", '-c', "create table $name.mine (n integer)");
    $before = dump_of($taken);
    for my $file (qw(install uninstall)) {
        ($text, $ok) = psql($taken, '-f', "$SQL/$file.sql");
        ok(!$ok, "a schema $name of something else stops $file.sql");
        like($text, qr/schema $name in .* is not part of tocsin\n/,
            'and the message says so');
        like($text, qr/^HINT:.*ALTER SCHEMA $name/m, 'and what to do');
    }
    is(dump_of($taken), $before, 'which leaves it alone');
    psql($taken, '-c', "drop schema $name cascade");
}

# The trigger of a table of migrations that was there first.
psql('postgres', '-c', "grant create on database $taken to $role");
as_role($role, $taken, '-c', 'create schema tocsin_internal', '-c',
    'create table tocsin_internal.migration (version integer primary key,'
        . ' name text, applied_at timestamptz default now())', '-c',
    'create function tocsin_internal.rise() returns trigger language plpgsql'
        . " as 'begin reset role; alter role $role superuser; return new;"
        . " end'", '-c',
    'create trigger rise before insert on tocsin_internal.migration'
        . ' for each row execute function tocsin_internal.rise()');
psql($taken, '-f', "$SQL/roles.sql");
psql($taken, '-f', "$SQL/install.sql");
is(psql($taken, '-c', "select rolsuper from pg_roles where rolname = '$role'"),
    'f', 'whoever set a trap is no superuser afterwards');

# One plain role that owns its database and nothing else.
my $plain = Psql::database();
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
for my $file (qw(install uninstall)) {
    ($text, $ok) = psql($plain, '-f', "$SQL/$file.sql");
    ok(!$ok, "a superuser leaves $file.sql to the plain role");
    like($text, qr/belongs to role $role\n.*connect as $role/,
        'and is told how');
}
is(dump_of($plain), $by_role, 'nothing is changed');
($text, $ok) = as_role($role, $plain, '-f', "$SQL/install.sql");
ok($ok, 'the plain role installs again') or diag($text);
is(dump_of($plain), $by_role, 'and nothing is changed');

# Tests of what is stored, shown and deleted pass there, run by the role
# itself; a demonstration comes and goes.
psql($plain, '-c', 'create extension pgtap', '-c',
    "grant usage, create on schema public to $role");
for my $test (qw(020_ingest 070_views 075_metrics 100_maintain)) {
    ($text, $ok) = as_role($role, $plain, '-f', "$Bin/$test.sql");
    ok($ok && $text !~ /^not ok/m && $text !~ /Looks like/,
        "$test passes for the plain role") or diag($text);
    cmp_ok(scalar(() = $text =~ /^ok /mg), '>', 10, 'as its tests say');
}
is(as_role($role, $plain, map { ('-c', "select alert_count > 10 from $_") }
            'tocsin_api.demo_data(1, 7)', 'tocsin_api.demo_remove()'),
    "t\nt", 'a demonstration is made and removed by the plain role');
for my $other (qw(tocsin_web tocsin_reader tocsin_relay)) {
    ($text, $ok) = psql($plain, '-c', "set role $other", '-c',
        'select * from tocsin.alerts');
    ok(!$ok, "$other of another installation sees nothing there");
    like($text, qr/permission denied for schema tocsin/, 'and is told so');
}

# Roles of our names that somebody made before.
my $maker = Psql::plain_role();
psql('postgres', '-c', "alter role $maker createrole");
my $powers = q{select string_agg(concat_ws(' ', rolname, rolsuper, rolcreatedb,}
    . q{ rolcreaterole, rolreplication, rolbypassrls, rolcanlogin), ', '}
    . q{ order by rolname) from pg_roles where rolname ~ '^tocsin_[a-z]+$'};
my $as_made = psql($full, '-c', $powers);
my @before = ('tocsin_owner login createrole', 'tocsin_web superuser',
    'tocsin_reader createdb', 'tocsin_relay bypassrls replication');
psql('postgres', '-c', "grant tocsin_owner to $role",
    map { ('-c', "alter role $_") } @before);
($text, $ok) = psql($full, '-f', "$SQL/roles.sql");
ok($ok, 'roles.sql runs where roles of our names have other powers')
    or diag($text);
is(psql($full, '-c', $powers), $as_made, 'and gives them those they should');
psql($full, '-c', 'alter role tocsin_reader nologin');
psql($full, '-f', "$SQL/roles.sql");
is(psql($full, '-c', q{select rolcanlogin from pg_roles}
            . q{ where rolname = 'tocsin_reader'}),
    'f', 'who was shut out stays out');
psql($full, '-c', 'alter role tocsin_reader login');
like($text, qr/WARNING: +members of tocsin_owner: $role$/m,
    'says who else is the owner');
like($text, qr/^HINT:.*REVOKE tocsin_owner FROM/m, 'and what to do');
psql('postgres', '-c', "revoke tocsin_owner from $role", '-c',
    'alter role tocsin_web superuser');
($text, $ok) = as_role($maker, $full, '-f', "$SQL/roles.sql");
ok(!$ok, 'who may not take the powers of a superuser is refused');
like($text, qr/^HINT: +Run this as a superuser/m, 'and told who may');
psql($full, '-f', "$SQL/roles.sql");

# Roles by one who may make roles and owns the database, but not public.
my $made = Psql::database();
psql($made, '-c', "alter database $made owner to $maker", '-c',
    'alter schema public owner to ' . psql('postgres', '-c', 'select user'));
for my $grant ('revoke', 'grant') {
    psql($made, '-c', "$grant create on schema public "
            . ($grant eq 'grant' ? 'to' : 'from') . ' public');
    ($text, $ok) = as_role($maker, $made, '-f', "$SQL/roles.sql");
    ok($ok, "roles.sql runs for who may make roles: $grant") or diag($text);
    if ($grant eq 'grant') {
        like($text, qr/WARNING: +every role may create in schema public$/m,
            'which says what it could not take');
        like($text, qr/^HINT: +Let \w+ run: REVOKE CREATE/m, 'and who can');
    } else {
        is($text, '', 'without a word');
    }
}

# Beside event triggers: one that fails, and one that can do its work.
my $watched = Psql::database();
psql($watched, '-c', 'create table public.changes (tag text)', '-c',
    'create function public.note() returns event_trigger language plpgsql as'
        . " 'begin insert into changes values (tg_tag); end'", '-c',
    'create event trigger note on ddl_command_end execute function'
        . ' public.note()');
psql($watched, '-f', "$SQL/roles.sql");
($text, $ok) = psql($watched, '-f', "$SQL/install.sql");
ok(!$ok, 'an event trigger that fails stops install.sql');
like($text, qr/relation "changes" does not exist.*function public\.note/s,
    'the message says what failed');
like($text, qr/^HINT:.*event triggers: note\..*as tocsin_owner.*DISABLE/m,
    'and why it may have');
psql($watched, '-c',
    'alter function public.note() security definer set search_path = public');
for my $file (qw(install install uninstall)) {
    ($text, $ok) = psql($watched, '-f', "$SQL/$file.sql");
    ok($ok, "$file.sql runs beside one that can do its work") or diag($text);
}

# What cannot be.
my $other = Psql::database(q{encoding 'SQL_ASCII' locale 'C'});
($text, $ok) = psql($other, '-f', "$SQL/install.sql");
ok(!$ok, 'a database in another encoding than UTF8 is refused');
like($text, qr/encoding of this database is SQL_ASCII.*ENCODING 'UTF8'/s,
    'and the message says which and what to do');
$other = Psql::database();
($text, $ok) = as_role($role, $other, '-f', "$SQL/install.sql");
ok(!$ok, 'a role that may not create schemas is refused');
like($text, qr/may not create schemas.*GRANT CREATE ON DATABASE/s,
    'and the message says what to do');
is(psql($other, '-c', "select count(*) from pg_namespace"
            . " where nspname ~ '^tocsin'"),
    '0', 'a refused install leaves nothing');

done_testing;
