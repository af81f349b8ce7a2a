-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.check_begun(
    i_begun     tocsin_internal.alert[])
returns void
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.check_begun(1)
--
--      Lock the integrations of new alerts, and refuse alerts that do not
--      begin as transition allows, whose columns contradict each other, or
--      whose integration does not exist.
--
-- Raises:
--      23503   - there is no such integration
--      23514   - as CHECKs of these names would: status_fits_times,
--                incident_has_a_severity, time_runs_forwards,
--                times_are_finite
--      TO001   - names the status
-- Locks:
--      integration     - key share, in the order of their ids
-- ----------------------------------------------------------------------
declare
    _fault  record;
begin
    perform from tocsin_internal.integration
      where integration_id = any (
            array(select b.integration_id from unnest(i_begun) b))
      order by integration_id
        for key share;

    select b.alert_id, b.integration_id, b.status, f.what
      into _fault
      from unnest(i_begun) b
      left join tocsin_internal.integration i using (integration_id)
     cross join lateral (
           select case
               when b.status <> tocsin_internal.status_of(
                   b.acknowledged_at, b.resolved_at)
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
                   select from tocsin_internal.transition t
                    where t.from_status = 'none'
                      and t.to_status = b.status
                      and t.outcome = 'created'
                      and (t.overtaken_by = 'nothing' or exists (
                          select from tocsin_internal.event e
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
        return;
    elsif _fault.what = 'orphan' then
        raise exception using errcode = '23503',
            message = format('there is no integration %s',
                _fault.integration_id),
            hint = 'Every alert belongs to an integration.',
            schema = 'tocsin_internal', table = 'alert';
    elsif _fault.what <> 'start' then
        raise exception using errcode = '23514',
            message = format('alert %s violates the rule %s',
                _fault.alert_id, _fault.what),
            schema = 'tocsin_internal', table = 'alert',
            constraint = _fault.what;
    end if;
    raise exception using errcode = 'TO001',
        message = format('an alert cannot begin as %s', _fault.status),
        hint = 'See the table tocsin_internal.transition.';
end;
$$;

comment on function tocsin_internal.check_begun
is 'Refuse new alerts that the lifecycle does not allow.';
