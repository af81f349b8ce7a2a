-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.plan_alerts(
    i_alerts    uuid[],
    i_now       timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.plan_alerts(2)
--
--      Start the chains of alerts that were created: a row of escalation for
--      each step with a delay, and a delivery for each step without one, even
--      if the alert has been resolved meanwhile.  Idempotent.
-- ----------------------------------------------------------------------
begin
    with planned as materialized (
        select a.alert_id, a.urgency, s.*, d.give_up_after
          from alert a
         cross join lateral routes_of(a) r
          join step s on s.route_id = r.route_id
          join destination d on d.destination_id = s.destination_id
         where a.alert_id = any (i_alerts)
           and not coalesce(speaks_of(a, d.name), false)),
    chained as (
        insert into escalation (alert_id, route_id, step_no, due_at, fired)
        select alert_id, route_id, step_no,
               i_now + case when after > '0' then after else repeat_every end,
               (after = '0')::integer
          from planned
         where after > '0'
            or repeat_every is not null
            on conflict do nothing)
    insert into delivery (destination_id, alert_id, notice, notice_id, urgency,
           tell_acknowledged, tell_resolved, created_at, due_at, expires_at)
    select destination_id, alert_id, 'created', alert_id, urgency,
           bool_or(tell_acknowledged), bool_or(tell_resolved), i_now, i_now,
           i_now + give_up_after
      from planned
     where after = '0'
     group by destination_id, alert_id, urgency, give_up_after
     order by alert_id, destination_id
        on conflict do nothing;
end;
$$;

comment on function tocsin_internal.plan_alerts
is 'Start the chains of alerts that were created.';
