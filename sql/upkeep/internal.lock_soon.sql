-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.lock_soon(
    i_relation  regclass,
    i_statement text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.lock_soon(2)
--
--      Run a statement of the installation that locks a table or view, and
--      name the blocking sessions if lock_timeout expires.
--
-- Parameters:
--      i_relation      - the relation locked, or its parent
-- Raises:
--      55P03           - names the blocking sessions
-- ----------------------------------------------------------------------
declare
    _who    text;
begin
    execute i_statement;
exception when lock_not_available or deadlock_detected then
    select string_agg(format('%s (%s)', l.pid,
               coalesce(nullif(a.application_name, ''), 'no name')), ', '
               order by l.pid)
      into _who
      from (select distinct pid
              from pg_locks
             where locktype = 'relation'
               and database = (
                   select oid from pg_database
                    where datname = current_database())
               and relation in (
                   select i_relation
                    union all
                   select inhrelid from pg_inherits
                    where inhparent = i_relation)
               and granted
               and pid <> pg_backend_pid()) l
      left join pg_stat_activity a on a.pid = l.pid;
    raise exception using errcode = '55P03',
        message = format('%s is in use', i_relation),
        detail = 'By sessions: ' || coalesce(_who, 'just ended') || '.',
        hint = 'Nothing was changed. Run this again when they have ended, or'
            || ' terminate them: SELECT pg_terminate_backend(...).';
end;
$$;

comment on function tocsin_internal.lock_soon
is 'Run a statement that locks, and name the sessions that block it.';
