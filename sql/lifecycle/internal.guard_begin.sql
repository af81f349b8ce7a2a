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
--      23503   - there is no such integration
--      23514   - as CHECKs of these names would: status_fits_times,
--                incident_has_a_severity, time_runs_forwards,
--                times_are_finite
--      TO001   - names the status
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
declare
    _fault  record;
begin
    -- Most often all are of one integration, and open, which is always
    -- allowed.
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

    perform from integration
      where integration_id = any (array(select integration_id from begun))
      order by integration_id
        for key share;

    select b.alert_id, b.integration_id, b.status, f.what
      into _fault
      from begun b
      left join integration i using (integration_id)
     cross join lateral (
           select case
               when b.status <> status_of(b.acknowledged_at, b.resolved_at)
               then 'status_fits_times'
               when b.incident = (b.incident_severity is null)
               then 'incident_has_a_severity'
               when i.integration_id is null
               then 'orphan'
               when b.last_event_at < b.created_at
               then 'time_runs_forwards'
               when not (isfinite(b.created_at)
                   and isfinite(b.last_event_at))
               then 'times_are_finite'
               when not exists (
                   select from transition t
                    where t.from_status = 'none'
                      and t.to_status = b.status
                      and t.outcome = 'created'
                      and (t.overtaken_by = 'nothing' or exists (
                          select from event e
                           where e.event_id = b.resolve_id
                             and e.event_id > b.alert_id
                             and e.integration_id = b.integration_id
                             and e.external_id = b.external_id
                             and e.event_type = 'resolve'
                             and e.outcome = 'ignored')))
               then 'start'
               end as what) f
     where f.what is not null
     limit 1;
    if not found then
        return null;
    elsif _fault.what = 'orphan' then
        raise exception using errcode = '23503',
            message = format('there is no integration %s',
                _fault.integration_id),
            hint = 'Every alert belongs to an integration.',
            schema = tg_table_schema, table = tg_table_name;
    elsif _fault.what <> 'start' then
        raise exception using errcode = '23514',
            message = format('alert %s violates the rule %s',
                _fault.alert_id, _fault.what),
            schema = tg_table_schema, table = tg_table_name,
            constraint = _fault.what;
    end if;
    raise exception using errcode = 'TO001',
        message = format('an alert cannot begin as %s', _fault.status),
        hint = 'See the table tocsin_internal.transition.';
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
