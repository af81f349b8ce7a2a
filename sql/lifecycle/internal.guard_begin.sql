-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.guard_begin(0)
--
--      Trigger on alert: refuse, for every writer, alerts that do not begin
--      as transition allows, whose columns contradict each other, or whose
--      integration does not exist.  With guard_integration it takes the
--      place of a foreign key, which would run a query for each alert, and
--      of CHECKs, whose text PostgreSQL parses in each statement; this runs
--      one query for each statement.
--
--      Runs after the insert, because only then can no other trigger still
--      change the rows.
--
-- Raises:
--      23503, 23514, TO001     - see check_begun
-- Locks:
--      integration     - key share, the rows of the new alerts: they cannot
--                        be deleted until this transaction ends
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.guard_begin()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
begin
    -- Most often all are of one integration, and open, which is always
    -- allowed.  The rest is a function of its own: PL/pgSQL reads the whole
    -- text of this one in the first call of a session.
    if not exists (
        select from begun
         where enum_ne(status, 'open')
            or acknowledged_at is not null
            or resolved_at is not null
            or incident = (incident_severity is null)
            or last_event_at < created_at
            or not isfinite(created_at)
            or not isfinite(last_event_at)
            or integration_id is distinct from (
               select i.integration_id
                 from integration i
                where i.integration_id = (
                      select integration_id from begun limit 1)
                  for key share))
    then
        return null;
    end if;

    perform check_begun(array(select row(b.*)::alert from begun b));
    return null;
end;
$$;

comment on function tocsin_internal.guard_begin
is 'Refuse new alerts that the lifecycle does not allow.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger alert_10_guard_insert
    after insert on tocsin_internal.alert
    referencing new table as begun
    for each statement
    execute function tocsin_internal.guard_begin()$$);
end $do$;

comment on trigger alert_10_guard_insert on tocsin_internal.alert
is 'An alert belongs to an integration and begins as the lifecycle allows.';
