-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.guard_move(0)
--
--      Trigger on alert: refuse, for every writer, a change of status that
--      is not a row of transition, and a change of an alert's identity, of
--      its time of acknowledgement, or of the times and counts of a
--      resolved one, columns that contradict each other, and times that are
--      infinite or run backwards.
--
--      Has the views compute the hours and days of old alerts: see
--      mark_alerts.
--
--      Runs after the update, because only then can no other trigger still
--      change the rows; and once for each statement, because that costs a
--      batch less than once for each row.
--
-- Raises:
--      TO001   - names what was tried
--      23514   - as CHECKs of these names would: status_fits_times,
--                incident_has_a_severity, time_runs_forwards
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.guard_move()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
declare
    _fault  record;
    _age    interval := interval '18 hours';
begin
    loop
        -- A full join is always hashed or merged: a nested loop, right for one
        -- row, would stay in the cached plan and compare each row of a batch
        -- with all others.
        select coalesce(o.alert_id, n.alert_id) as alert_id, o.status,
               n.status as new_status, f.what
          into _fault
          from before o
          full join after n on n.alert_id = o.alert_id
         cross join lateral (
               select case
                   when n.status
                       <> status_of(n.acknowledged_at, n.resolved_at)
                   then 'status_fits_times'
                   when n.incident = (n.incident_severity is null)
                   then 'incident_has_a_severity'
                   when o.alert_id is null
                       or n.alert_id is null
                       or n.integration_id <> o.integration_id
                       or n.external_id <> o.external_id
                       or n.created_at <> o.created_at
                   then 'the identity of alert %s cannot be changed'
                   when n.status <> o.status and not exists (
                       select from transition t
                        where t.from_status = o.status
                          and t.to_status = n.status
                          and t.outcome <> 'created')
                   then 'alert %s cannot go from %s to %s'
                   when n.acknowledged_at is distinct from o.acknowledged_at
                           and not (o.status = 'open'
                               and n.status = 'acknowledged')
                       or o.resolved_at is not null
                           and (n.resolved_at <> o.resolved_at
                               or n.last_event_at <> o.last_event_at
                               or n.resolve_id is distinct from o.resolve_id
                               -- A late create may be a duplicate of it.
                               or n.duplicate_count not in (
                                   o.duplicate_count, o.duplicate_count + 1))
                   then 'the history of alert %s cannot be changed'
                   when not isfinite(greatest(n.acknowledged_at, n.resolved_at,
                       n.last_event_at))
                   then 'alert %s cannot have an infinite time'
                   when n.created_at > least(n.acknowledged_at, n.resolved_at,
                           n.last_event_at)
                       or n.acknowledged_at > n.resolved_at
                   then 'time_runs_forwards'
                   when o.created_at < statement_timestamp() - _age
                   then 'counted'
                   end as what) f
         where f.what is not null
         limit 1;
        if not found then
            return null;
        end if;
        exit when _fault.what <> 'counted';
        perform tocsin_internal.mark_alerts(
                   array_agg(integration_id), array_agg(external_id),
                   array_agg(alert_id), array_agg(created_at))
           from before;
        _age := null; -- look for faults only
    end loop;
    if _fault.what ~ '^[a-z_]+$' then
        raise exception using errcode = '23514',
            message = format('alert %s violates the rule %s',
                _fault.alert_id, _fault.what),
            schema = tg_table_schema, table = tg_table_name,
            constraint = _fault.what;
    end if;
    raise exception using errcode = 'TO001',
        message = format(_fault.what, _fault.alert_id, _fault.status,
            _fault.new_status),
        hint = 'See the table tocsin_internal.transition; the identity of an'
            || ' alert and past times and counts cannot be changed.';
end;
$$;

comment on function tocsin_internal.guard_move
is 'Refuse updates of alerts that the lifecycle does not allow.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger alert_10_guard_update
    after update on tocsin_internal.alert
    referencing old table as before new table as after
    for each statement
    execute function tocsin_internal.guard_move()$$);
end $do$;

comment on trigger alert_10_guard_update on tocsin_internal.alert
is 'Status follows the lifecycle; identity and history are immutable.';
