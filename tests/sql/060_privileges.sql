-- SPDX-License-Identifier: ISC
-- What the responder and the dashboards may do: tried, object by object.
-- Needs the roles of sql/roles.sql, and an installation owned by them.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();
grant usage on schema fixture to public;

select is(pg_get_userbyid(nspowner), 'tocsin_owner',
    format('schema %s belongs to tocsin_owner', nspname))
  from pg_namespace where nspname ~ '^tocsin' order by nspname;
select is(r.rolcanlogin and not r.rolsuper and not r.rolcreaterole
        and not r.rolcreatedb and not r.rolbypassrls
        and not r.rolreplication, r.rolname <> 'tocsin_owner',
    format('role %s has no power beyond its own', r.rolname))
  from pg_roles r
 where rolname in ('tocsin_owner', 'tocsin_web', 'tocsin_reader',
           'tocsin_relay')
 order by rolname;
select is_empty(
    $$ select from pg_auth_members m
        where m.member in ('tocsin_web'::regrole,
            'tocsin_reader'::regrole, 'tocsin_relay'::regrole) $$,
    'none is a member of another role');
select is(rolconnlimit, 20, 'dashboards have twenty connections')
  from pg_roles where rolname = 'tocsin_reader';
select set_has(
    $$ select r.rolname || ' ' || unnest(s.setconfig)
         from pg_db_role_setting s
         join pg_roles r on r.oid = s.setrole
        where s.setdatabase = 0 $$,
    $$ values ('tocsin_web statement_timeout=1500ms'),
              ('tocsin_web lock_timeout=500ms'),
              ('tocsin_web idle_in_transaction_session_timeout=5s'),
              ('tocsin_web synchronous_commit=on'),
              ('tocsin_web search_path=pg_catalog, pg_temp'),
              ('tocsin_relay statement_timeout=10s'),
              ('tocsin_relay lock_timeout=5s'),
              ('tocsin_relay search_path=pg_catalog, pg_temp'),
              ('tocsin_reader default_transaction_read_only=on'),
              ('tocsin_reader statement_timeout=30s'),
              ('tocsin_reader search_path=tocsin'),
              ('tocsin_reader jit=off') $$,
    'the roles have their limits');

-- What a role could not do comes back as the SQLSTATE.
create function attempt(i_role text, i_statement text)
returns text language plpgsql as $$
declare
    _result text := 'done';
begin
    execute format('set local role %I', i_role);
    begin
        execute i_statement;
    exception when others then
        _result := sqlstate;
    end;
    reset role;
    return _result;
end;
$$;

-- Tables and views.
create table thing as
select c.oid, c.oid::regclass::text as name, n.nspname, c.relkind
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname ~ '^tocsin' and c.relkind in ('r', 'p', 'v');
create table deed (verb text, statement text);
insert into deed values
    ('read', 'select * from %s limit 1'),
    ('insert into', 'insert into %s default values'),
    ('delete from', 'delete from %s'),
    ('truncate', 'truncate %s'),
    ('lock', 'lock table %s in access exclusive mode'),
    ('drop', 'drop table %s');
select cmp_ok(count(*), '>', 10::bigint, 'there are tables and views to try')
  from thing;
select is(attempt(r.role, format(d.statement, t.name)), '42501',
    format('%s cannot %s %s', r.role, d.verb, t.name))
  from thing t, deed d,
       unnest('{tocsin_web, tocsin_relay}'::text[]) r(role)
 order by r.role, t.name, d.verb;
-- A view of several tables refuses even its owner, with 55000.
select matches(attempt('tocsin_reader', format(d.statement, t.name)),
    case when t.relkind = 'v' then '42501|55000' else '42501' end,
    format('dashboards cannot %s %s', d.verb, t.name))
  from thing t, deed d
 where not (t.nspname = 'tocsin' and d.verb in ('read', 'drop', 'truncate'))
   and not (t.relkind = 'v' and d.verb = 'lock')
 order by t.name, d.verb;
select is(attempt('tocsin_reader', format(d.statement, t.name)), 'done',
    format('dashboards can %s view %s', d.verb, t.name))
  from thing t, deed d
 where t.nspname = 'tocsin' and d.verb = 'read' order by t.name;
select is_empty(
    $$ select t.name, r.role, p.privilege
         from thing t,
              unnest('{tocsin_web, tocsin_reader,
                  tocsin_relay}'::name[]) as r(role),
              unnest('{select, insert, update, delete, truncate,
                  references, trigger}'::text[]) as p(privilege)
        where has_table_privilege(r.role, t.oid, p.privilege)
          and not (r.role = 'tocsin_reader' and p.privilege = 'select'
                   and t.nspname = 'tocsin') $$,
    'the catalog knows of no other right to a table or view');
select is_empty(
    $$ select t.name, r.role, p.privilege
         from thing t,
              unnest('{tocsin_web, tocsin_reader,
                  tocsin_relay}'::name[]) as r(role),
              unnest('{select, insert, update, references}'::text[])
                  as p(privilege)
        where has_any_column_privilege(r.role, t.oid, p.privilege)
          and not (r.role = 'tocsin_reader' and p.privilege = 'select'
                   and t.nspname = 'tocsin') $$,
    'nor to a column');

-- Schemas.
select results_eq(
    $$ select n.nspname::text collate "default",
              r.role::text collate "default", p.privilege
         from pg_namespace n,
              unnest('{tocsin_web, tocsin_reader,
                  tocsin_relay}'::name[]) as r(role),
              unnest('{usage, create}'::text[]) as p(privilege)
        where n.nspname ~ '^tocsin'
          and has_schema_privilege(r.role, n.oid, p.privilege)
        order by 1, 2, 3 $$,
    $$ values ('tocsin', 'tocsin_reader', 'usage'),
              ('tocsin_api', 'tocsin_relay', 'usage'),
              ('tocsin_api', 'tocsin_web', 'usage') $$,
    'each has one schema to look into and none to create in');
select is(attempt(role, statement), '42501',
    format('%s cannot: %s', role, statement))
  from unnest('{tocsin_web, tocsin_reader, tocsin_relay}'::text[])
       role,
       unnest(array['create schema mine', 'create temporary table mine()',
           'create table tocsin.mine()', 'create table tocsin_api.mine()',
           'create role mine',
           'copy (select 1) to program ''true''',
           'select pg_read_file(''postgresql.conf'')',
           'alter role tocsin_owner login',
           'alter function tocsin_api.schema_version() reset all']) statement;

-- Functions.
create table routine as
select p.oid, p.oid::regprocedure::text as name, n.nspname,
       format('select %s.%I(%s)', n.nspname, p.proname, (
           select string_agg(format('null::%s', format_type(a.type, null)),
                      ', ' order by a.place)
             from unnest(p.proargtypes) with ordinality as a(type, place)))
           as call,
       p.proname in ('ingest', 'schema_version', 'installation',
               'log_since', 'admission', 'judge_senders', 'receipt_of',
               'self_check', 'replication', 'clock_us', 'live_counts',
               'responder_note', 'responder_last', 'tick', 'tick_check',
               'tick_counts', 'outgoing_counts', 'relay_check',
               'relay_is_due')
           and n.nspname = 'tocsin_api' as of_web,
       p.proname in ('tick', 'relay_hello', 'relay_claim', 'relay_done',
               'relay_bye', 'schema_version')
           and n.nspname = 'tocsin_api' as of_relay
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
 where n.nspname ~ '^tocsin' and p.prorettype <> 'trigger'::regtype;
select is(count(*) filter (where of_web), 20::bigint,
    'the responder has twenty functions') from routine;
select isnt(attempt('tocsin_web', call), '42501',
    'the responder may call ' || name)
  from routine where of_web order by name;
select is(attempt('tocsin_web', call), '42501',
    'the responder may not call ' || name)
  from routine where not of_web order by name;
select is(count(*) filter (where of_relay), 6::bigint,
    'the relay has six functions') from routine;
select is(attempt('tocsin_relay', call) = '42501', not of_relay,
    format('the relay may%s call %s',
        case when not of_relay then ' not' end, name))
  from routine order by name;
select is(attempt('tocsin_reader', call), '42501',
    'dashboards may not call ' || name)
  from routine order by name;
select is_empty(
    $$ select p.oid::regprocedure, r.role
         from pg_proc p
         join pg_namespace n on n.oid = p.pronamespace,
              unnest('{tocsin_web, tocsin_reader,
                  tocsin_relay}'::name[]) as r(role)
        where n.nspname ~ '^tocsin'
          and has_function_privilege(r.role, p.oid, 'execute')
          and not (r.role = 'tocsin_web' and p.oid in (
              select oid from routine where of_web))
          and not (r.role = 'tocsin_relay' and p.oid in (
              select oid from routine where of_relay)) $$,
    'the catalog knows of no other right to a function');
set local role tocsin_owner;
create function tocsin_api.made_later() returns integer
    language sql as 'select 1';
reset role;
select is(attempt(role, 'select tocsin_api.made_later()'), '42501',
    format('a function made later is not for %s', role))
  from unnest('{tocsin_web, tocsin_reader, tocsin_relay}'::text[])
       role;

-- The responder does its work with this much.
grant execute on all functions in schema fixture to public;
grant usage on sequence event_number to public;
create function id_for_web() returns uuid language sql security definer
    set search_path = fixture, pg_temp as 'select fixture.make_id()';
set local role tocsin_web;
select is((post('create', 'web', i_event_id => id_for_web())).outcome,
    'created', 'the responder stores an event');
select ok(ok, format('self_check: %s: %s', name, detail))
  from tocsin_api.self_check();
select results_eq('select * from tocsin_api.replication()',
    $$ values ('replication', true, 'no standby follows') $$,
    'the responder asks for standbys');
select is(tocsin_api.schema_version(), 3,
    'the responder reads the version of the schema');
select isnt_empty('select * from tocsin_api.admission()',
    'and who is to be let in');
select is(j.refusal, 'unknown_integration', 'judges a sender')
  from tocsin_api.judge_senders(array['int_nobody'], array[null::bytea]) j;
select isnt(tocsin_api.installation(), null, 'and which database this is');
select is(tocsin_api.log_since(), null, 'and how far back its log goes');
reset role;

-- A temporary object in the way of a function's names.
create temporary table integration (integration_id text);
create temporary table alert (alert_id uuid);
select is((post('create', 'shadowed')).outcome, 'created',
    'temporary tables of the caller do not stand in for ours');

-- A caller without rights is told so.
set local role tocsin_owner;
revoke execute on function tocsin_api.ingest(tocsin_api.event_in[])
    from tocsin_web;
reset role;
set local role tocsin_web;
select results_eq(
    $$ select ok, detail from tocsin_api.self_check()
        where name = 'privilege' $$,
    $$ values (false, 'role tocsin_web may not execute ingest') $$,
    'self_check says when the responder lacks a right');
set local transaction read only;
select is(ok, false, 'self_check says when nothing can be written')
  from tocsin_api.self_check() where name = 'writable';

select is(
    (select 'default_toast_compression=lz4' = any (rolconfig)
       from pg_roles where rolname = 'tocsin_web'),
    (select 'lz4' = any (enumvals)
       from pg_settings where name = 'default_toast_compression'),
    'the responder''s texts are compressed by lz4 if the server knows it');

select * from finish();
rollback;
