#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Strangers who may create in schema public, or make schemas, plant what
# fits our calls better than pg_catalog does; none of it ever runs, whoever
# installs, upgrades, calls, reads or uninstalls, and nothing of ours is
# built on it.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use File::Find qw(find);
use Psql qw(psql as_role dump_of $SQL);
use Test::More;

my $stranger = Psql::plain_role();
my $me = psql('postgres', '-c', 'select session_user');

# What our SQL calls of pg_catalog, and whatever is spelled like it.
sub names_called
{
    my %called;
    find(sub {
        return if !/\.sql$/;
        open my $file, '<', $_ or die "$_: $!\n";
        while (<$file>) {
            $called{$1}++ while /\b([a-z_][a-z0-9_]+)\s*\(/g;
        }
    }, $SQL);
    return '{' . join(',', sort keys %called) . '}';
}

# Where everybody may create, as before PostgreSQL 15.
my $soil = Psql::database();
psql($soil, '-c', 'grant create on schema public to public');
plant($soil, 'public', 'names=' . names_called());

sub hostile_database
{
    my $database = Psql::database("template $soil");
    psql('postgres', '-c',
        "grant create on database $database to $stranger");
    return $database;
}

sub plant
{
    my ($database, $schema, @what) = @_;
    my ($text, $ok) = as_role($stranger, $database, '-v', "schema=$schema",
        (map { ('-v', $_) } @what), '-f', "$Bin/../lib/plant.sql");
    ok($ok && $text > 10, "$text functions are planted in $schema")
        or diag($text);
    return;
}

# Schemas that "$user" leads to, before public.
sub plant_for_users
{
    my ($database, @users) = @_;
    for my $user (@users) {
        as_role($stranger, $database, '-c', "create schema $user", '-c',
            "grant usage on schema $user to public");
        plant($database, $user, 'operators={*, =}',
            'names={pg_has_role, count, cardinality, format}');
    }
    return;
}

sub harmless
{
    my ($name, $text, $ok) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok($ok && $text !~ /PLANT/, $name) || diag($text);
}

# What we made and what it is made of, but for what PostgreSQL brings along.
my $built_on = <<'SQL';
with recursive ours(classid, objid) as (
    select 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid, oid
      from pg_catalog.pg_namespace
     where nspname in ('tocsin', 'tocsin_api', 'tocsin_internal')
     union
    select d.classid, d.objid
      from ours o
      join pg_catalog.pg_depend d
        on d.refclassid = o.classid and d.refobjid = o.objid)
select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
       || ' is built on '
       || pg_catalog.pg_describe_object(d.refclassid, d.refobjid,
              d.refobjsubid)
  from ours o
  join pg_catalog.pg_depend d using (classid, objid)
 where d.refobjid >= 16384
   and not exists (
       select from ours x
        where x.classid = d.refclassid and x.objid = d.refobjid)
SQL

sub is_built_on_nothing
{
    my ($database, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is(psql($database, '-c', "set search_path = ''", '-c', $built_on), '',
        $name);
    return;
}

# Events as ingest takes them, in literals: nothing here is looked up.
my $events = 0;

sub ingest
{
    my ($type, @ids) = @_;
    my @said = $type eq 'create'
        ? (q('t', 'd', 'high', '{a,b}', '{}', '{}', false),
            ('null') x 3, q('{}'))
        : ('null') x 11;
    my @rows = map {
        sprintf 'row(%s)::tocsin_api.event_in', join ', ',
            sprintf(q('01980000-0000-7000-8000-%012d'), ++$events),
            q('2026-01-01 00:00:00+00', 'webhook', 'int_planted', null),
            "'$type'", "'$_'", @said, q('r', '192.0.2.1')
    } @ids;
    return 'select outcome from tocsin_api.ingest(array['
        . join(', ', @rows) . '])';
}

# A call beside a heartbeat of its own.
sub beside_heartbeat
{
    my ($call) = @_;
    return [
        q{select tocsin_api.heartbeat_add('h', '1 day', '1 hour',}
            . q{ 'int_planted', 'ping', null, true, 'low', '{a}')},
        $call ? "select tocsin_api.$call" : (),
        q{select tocsin_api.heartbeat_remove('int_planted', 'h')},
    ];
}

# Every function that the role may call, by name.
my %calls = (
    tick => [ 'select * from tocsin_api.tick()',
        q{select * from tocsin_api.tick(200, '5 seconds')} ],
    tick_check => ['select * from tocsin_api.tick_check()'],
    tick_counts => ['select * from tocsin_api.tick_counts()'],
    heartbeat_add => beside_heartbeat(),
    heartbeat_list => beside_heartbeat('heartbeat_list()'),
    heartbeat_show =>
        beside_heartbeat(q{heartbeat_show('int_planted', 'h')}),
    heartbeat_pause =>
        beside_heartbeat(q{heartbeat_pause('int_planted', 'h')}),
    heartbeat_resume =>
        beside_heartbeat(q{heartbeat_resume('int_planted', 'h')}),
    heartbeat_ping =>
        beside_heartbeat(q{heartbeat_ping('int_planted', 'h')}),
    heartbeat_remove =>
        beside_heartbeat(q{heartbeat_pause('int_planted', 'h')}),
    schema_version => ['select tocsin_api.schema_version()'],
    installation => ['select tocsin_api.installation()'],
    log_since => ['select tocsin_api.log_since()'],
    admission => ['select * from tocsin_api.admission()'],
    judge_senders => [
        q{select * from tocsin_api.judge_senders('{int_planted,int_x}',}
            . q{ '{NULL,"\\\\x00"}')},
    ],
    receipt_of => [
        q{select * from tocsin_api.receipt_of('int_planted', null,}
            . q{ '01980000-0000-7000-8000-000000000001')},
    ],
    self_check => ['select * from tocsin_api.self_check()'],
    replication => ['select * from tocsin_api.replication()'],
    responder_note =>
        [q{select tocsin_api.responder_note('host', 'www-data', '/c', '/s')}],
    responder_last => [q{select * from tocsin_api.responder_last('host')}],
    clock_us => ['select tocsin_api.clock_us()'],
    live_counts => ['select * from tocsin_api.live_counts()'],
    ingest => [
        ingest('create', 'a'), ingest('create', 'a'),
        ingest('acknowledge', 'a'), ingest('resolve', 'a'),
        ingest('resolve', 'a'), ingest('create', 'a', 'b', 'c', 'a'),
        ingest('resolve', 'a', 'b', 'none'),
    ],
    board_check => ['select tocsin_api.board_check()'],
    board_counts => ['select * from tocsin_api.board_counts()'],
    board_alerts => ['select * from tocsin_api.board_alerts(9)'],
    board_hours => ['select * from tocsin_api.board_hours()'],
    board_integrations => ['select * from tocsin_api.board_integrations(9)'],
    board_heartbeats => ['select * from tocsin_api.board_heartbeats(9)'],
    board_alert => [
        q{select * from tocsin_api.board_alert(}
            . q{'01980000-0000-7000-8000-000000000001')},
    ],
    board_events => [
        q{select * from tocsin_api.board_events(}
            . q{'01980000-0000-7000-8000-000000000001', 9)},
    ],
    board_token => [
        q{select tocsin_api.board_token(}
            . q{'01980000-0000-7000-8000-000000000001')},
    ],
    integration_add => [
        q{select * from tocsin_api.integration_add('n',}
            . q{ '\x} . '00' x 32 . q{', true, 'low')},
    ],
    integration_list => ['select * from tocsin_api.integration_list()'],
    integration_show => [
        q{select * from tocsin_api.integration_show('int_planted')},
    ],
    integration_enable => [
        q{select * from tocsin_api.integration_enable('int_planted', true)},
    ],
    integration_set => [
        q{select * from tocsin_api.integration_set('int_planted',}
            . q{ 'oncall', '/a')},
    ],
    integration_rotate_token => [
        q{select * from tocsin_api.integration_rotate_token('int_planted',}
            . q{ null, null)},
    ],
    destination_add => [
        q{select * from tocsin_api.destination_add(pg_catalog.concat('d',}
            . q{ pg_catalog.txid_current()), 'mail', 'a@example.org', null,}
            . q< '{"hours_from": "08:00", "hours_to": "18:00", "hours_zone":>
            . q< "UTC", "fallback": "planted"}')>,
    ],
    destination_set => [
        q{select * from tocsin_api.destination_set('planted',}
            . q{ '{"gap": "1 s", "gap_max": "2 s"}')},
    ],
    destination_list => ['select * from tocsin_api.destination_list()'],
    destination_show => [
        q{select * from tocsin_api.destination_show('planted')},
    ],
    destination_enable => [
        q{select * from tocsin_api.destination_enable('planted', true)},
    ],
    destination_rotate_secret => [
        q{select * from tocsin_api.destination_rotate_secret('planted',}
            . q{ '1 day')},
    ],
    destination_test => [q{select tocsin_api.destination_test('planted')}],
    destination_remove => [
        q{select * from tocsin_api.destination_add('gone', 'command', 'a',}
            . q{ null)},
        q{select tocsin_api.destination_remove('gone')},
    ],
    route_add => [
        q{select * from tocsin_api.route_add(pg_catalog.concat('r',}
            . q< pg_catalog.txid_current()), '[{"to": "planted",>
            . q< "after": "1 s", "repeat_every": "1 min"}]')>,
    ],
    route_list => ['select * from tocsin_api.route_list()'],
    route_move => [q{select * from tocsin_api.route_move('planted', 1)}],
    route_enable => [
        q{select * from tocsin_api.route_enable('planted', true)},
    ],
    route_remove => [
        q{select * from tocsin_api.route_add('gone', '[]')},
        q{select tocsin_api.route_remove('gone')},
    ],
    route_explain => [
        q{select * from tocsin_api.route_explain(null, '{"tags": ["a"]}')},
    ],
    delivery_list => [
        q{select * from tocsin_api.delivery_list('{"status": "sent"}')},
    ],
    delivery_show => ['select * from tocsin_api.delivery_show(1)'],
    delivery_retry => ['select tocsin_api.delivery_retry(null)'],
    delivery_cancel => [q{select tocsin_api.delivery_cancel('{1}')}],
    delivery_replay => [
        q{select tocsin_api.delivery_replay('planted', '2020-01-01')},
    ],
    outgoing_counts => ['select * from tocsin_api.outgoing_counts()'],
    relay_check => ['select * from tocsin_api.relay_check()'],
    relay_is_due => ['select tocsin_api.relay_is_due()'],
    relay_hello => [
        q{select tocsin_api.relay_hello('01980000-0000-7000-8000-}
            . q{000000000001', 'host', 1, '1.0', 0)},
    ],
    relay_claim => [
        'select * from tocsin_api.tick()',
        q{select tocsin_api.relay_hello('01980000-0000-7000-8000-}
            . q{000000000002', 'host', 1, '1.0', 0)},
        q{select * from tocsin_api.relay_claim('01980000-0000-7000-8000-}
            . q{000000000002', 1)},
        q{select tocsin_api.relay_done('01980000-0000-7000-8000-}
            . q{000000000002', j.message_id, 500, null, null, 1, 'a')}
            . q{ from tocsin_api.relay_claim('01980000-0000-7000-8000-}
            . q{000000000002', 1) j},
    ],
    relay_done => [
        q{select tocsin_api.relay_done('01980000-0000-7000-8000-}
            . q{000000000001', '01980000-0000-7000-8000-000000000001', 200,}
            . q{ null, null, 1, 'a')},
    ],
    relay_bye => [
        q{select tocsin_api.relay_bye('01980000-0000-7000-8000-}
            . q{000000000002')},
    ],
    format_add => [
        q{select * from tocsin_api.format_add('mine', (tocsin_api.format_show(}
            . q{'slack')).definition)},
    ],
    format_remove => [q{select tocsin_api.format_remove('mine')}],
    format_list => ['select * from tocsin_api.format_list()'],
    format_show => [q{select * from tocsin_api.format_show('slack')}],
    setting_set => [q{select tocsin_api.setting_set('notify', 'on')}],
    board_enable => ['select tocsin_api.board_enable(true)'],
    board_grant => ['select tocsin_api.board_grant()'],
    maintain => [
        q{select * from tocsin_api.maintain('31 days', '1 day', 1000)},
        q{select * from tocsin_api.maintain(null, null, 1000)},
    ],
    demo_data => ['select * from tocsin_api.demo_data(1, 7)'],
    demo_remove => ['select * from tocsin_api.demo_remove()'],
);

# Run statements of several names in one session, and look at what each says.
sub all_as
{
    my ($role, $database, $what, @named) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($text) = as_role($role, $database, '-c',
        'set client_min_messages = warning', (map {
            my ($name, @statements) = @$_;
            map { ('-c', $_) } "\\echo begin: $name", @statements,
                "\\echo end: $name";
        } @named));
    for my $name (map { $_->[0] } @named) {
        my ($said, $ended) = $text =~
            /^begin: \Q$name\E$(.*?)(?:^(end): \Q$name\E$|\z)/ms;
        harmless("$role $what $name", $said // 'nothing', $ended);
    }
    return scalar @named;
}

# With the default search_path, whatever a role of ours has of its own.
sub calls_as
{
    my ($role, $database) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @may = split /\n/, psql($database, '-c', <<"SQL");
select distinct p.proname
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
 where n.nspname = 'tocsin_api'
   and pg_catalog.has_function_privilege('$role'::pg_catalog.regrole, p.oid,
           'execute'::pg_catalog.text)
 order by 1
SQL
    is_deeply([ grep { !$calls{$_} } @may ], [], "$role: all calls are known");
    return all_as($role, $database, 'calls',
        map { [ $_, @{ $calls{$_} } ] } grep { $calls{$_} } @may);
}

sub reads_as
{
    my ($role, $database) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @views = split /\n/, psql($database, '-c', <<'SQL');
select c.relname
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = 'tocsin'
 order by 1
SQL
    return all_as($role, $database, 'reads',
        map { [ $_, "select * from tocsin.$_" ] } @views);
}

sub prepare_calls
{
    my ($role, $database) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    harmless("$role makes an integration and a route, shows the board",
        as_role($role, $database, '-c',
            'insert into tocsin_internal.integration (integration_id, name)'
                . " values ('int_planted', 'planted')", '-c',
            # For tick to find late.
            'insert into tocsin_internal.heartbeat (integration_id, name,'
                . ' period, grace, created_at, armed_at, look_at) select'
                . " 'int_planted', 'due', '10 s', '10 s', t, t, t from"
                . " (values (timestamptz '2026-01-01')) d(t)", '-c',
            q{select tocsin_api.destination_add('planted', 'webhook',}
                . q{ 'https://example.org/', null)}, '-c',
            q{select tocsin_api.route_add('planted', '[{"to": "planted"}]')},
            '-c', q{select tocsin_api.destination_test('planted')}, '-c',
            'select tocsin_api.board_enable(true)'));
    return;
}

# With roles, by a superuser; then everything as each of them.
my $full = hostile_database();
like((as_role($stranger, $full, '-c',
            'create cast (pg_catalog.numeric as pg_catalog.bool)'
            . ' with inout as implicit'))[0],
    qr/must be owner/, 'nobody plants a cast between types of others');
plant_for_users($full, $me,
    qw(tocsin_web tocsin_reader tocsin_relay tocsin_owner));
like(psql($full, '-c', 'select 1.0 * 2'), qr/PLANTED/,
    'who leaves search_path alone runs what is planted');
harmless('a superuser makes the roles',
    psql($full, '-f', "$SQL/roles.sql"));
harmless('and installs', psql($full, '-f', "$SQL/install.sql"));
harmless('installs again', psql($full, '-f', "$SQL/install.sql"));
harmless('the owner installs again',
    as_role('tocsin_owner', $full, '-f', "$SQL/install.sql"));
is_built_on_nothing($full, 'nothing is built on what is planted');
prepare_calls('tocsin_owner', $full);
cmp_ok(calls_as('tocsin_web', $full), '>=', 13, 'which are many');
cmp_ok(reads_as('tocsin_reader', $full), '>=', 10, 'and many views');
calls_as('tocsin_owner', $full);
reads_as('tocsin_owner', $full);
calls_as($me, $full);
reads_as($me, $full);
harmless('the board for a terminal is safe for all',
    psql($full, '-f', "$SQL/dashboard/psql/board.sql"));
for my $login (qw(tocsin_web tocsin_reader tocsin_relay)) {
    harmless("what $login itself writes does not reach it", psql($full, '-U',
            $login, '-c', "select 1.0 * 2 from pg_has_role('tocsin_web',"
                . " 'tocsin_web'::text, 'member')"));
}
harmless('a superuser removes it', psql($full, '-f', "$SQL/uninstall.sql"));
is(psql($full, '-c', 'select nspname from pg_catalog.pg_namespace where'
            . " nspname in ('tocsin'::name, 'tocsin_api', 'tocsin_internal')"),
    '', 'wholly');

# Upgraded by a superuser, from each release.
for my $release (glob "$Bin/releases/*.dump") {
    my ($number) = $release =~ /(\d+)\.dump$/;
    my $old = hostile_database();
    harmless("roles beside version $number",
        psql($old, '-f', "$SQL/roles.sql"));
    harmless("version $number is restored", psql($old, '-f', $release));
    harmless("version $number is upgraded",
        psql($old, '-f', "$SQL/install.sql"));
    is_built_on_nothing($old, 'and not built on what is planted');
    reads_as($me, $old);
}

# Under one plain role that owns the database.
my $plain = hostile_database();
my $role = Psql::plain_role();
psql('postgres', '-c', "alter database $plain owner to $role");
plant_for_users($plain, $role);
harmless('a plain role installs',
    as_role($role, $plain, '-f', "$SQL/install.sql"));
is_built_on_nothing($plain, 'and builds on nothing that is planted');
prepare_calls($role, $plain);
calls_as($role, $plain);
reads_as($role, $plain);
harmless('a plain role removes it',
    as_role($role, $plain, '-f', "$SQL/uninstall.sql"));

done_testing;
