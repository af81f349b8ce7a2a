-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.self_check()
returns setof tocsin_api.finding
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.self_check(0)
--
--      Check whether events can be stored, with the privileges of the
--      caller.
--
-- Returns:
--      encoding, schema, privilege, partition, writable, isolation
-- ----------------------------------------------------------------------
    select 'encoding', current_setting('server_encoding') = 'UTF8',
           'server_encoding is ' || current_setting('server_encoding')
    union all
    select 'schema', v.version is not null,
           'schema version ' || coalesce(v.version::text, 'is missing')
      from (select tocsin_api.schema_version() as version) v
    union all
    select 'privilege', coalesce(bool_and(p.may), false),
           format('role %I %s', current_user,
               case when bool_and(p.may) then 'may execute ingest'
                    else 'may not execute ingest' end)
      from (select has_function_privilege(oid, 'execute') as may
              from pg_proc
             where oid = to_regprocedure(
                   'tocsin_api.ingest(tocsin_api.event_in[])')) p
    union all
    select 'partition', p.n > 0,
           case when p.n > 0 then 'event has a partition for this month'
                else 'event has no partition for this month: events go to '
                    || 'the default one' end
      from (select count(*) as n
              from pg_inherits i
              join pg_class c on c.oid = i.inhrelid
              join pg_namespace s on s.oid = c.relnamespace
             where s.nspname = 'tocsin_internal'
               and c.relname = 'event_'
                   || to_char(now() at time zone 'UTC', 'YYYY_MM')) p
    union all
    select 'writable', w.ok,
           case when w.ok then 'transactions can write'
                else 'transactions are read only, since '
                    || case when pg_is_in_recovery()
                       then 'this server is a standby'
                       else 'default_transaction_read_only is on' end end
      from (select not pg_is_in_recovery()
                   and current_setting('transaction_read_only') = 'off'
                   as ok) w
    union all
    select 'isolation', t.level in ('read committed', 'read uncommitted'),
           'transactions are ' || t.level
      from (select current_setting('transaction_isolation') as level) t
$$;

comment on function tocsin_api.self_check
is 'Check whether the caller can store events.';
