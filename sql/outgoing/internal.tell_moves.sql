-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tell_moves(
    i_notice    tocsin_internal.notice,
    i_events    uuid[],
    i_now       timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tell_moves(3)
--
--      For alerts that were acknowledged or resolved: end the steps of their
--      chains that this ends, and create a delivery for each destination that
--      was told of the alert, which means that it has a delivery of it that is
--      not cancelled, and whose steps want this notice.  If an alert is
--      resolved before a destination with forget_resolved was told of it,
--      cancel its deliveries instead.
--
-- Parameters:
--      i_notice        - acknowledged or resolved
--      i_events        - the events of these transitions
-- ----------------------------------------------------------------------
begin
    with moved as materialized (
        select event_id, alert_id
          from event
         where event_id = any (i_events)),
    ended as (
        delete from escalation e
         using moved m, step s
         where e.alert_id = m.alert_id
           and s.route_id = e.route_id
           and s.step_no = e.step_no
           and (i_notice = 'resolved' or s.until = 'acknowledged')),
    told as materialized (
        select m.event_id, m.alert_id, v.destination_id, d.give_up_after,
               v.urgency,
               bool_or(case i_notice when 'resolved' then v.tell_resolved
                            else v.tell_acknowledged end) as is_wanted,
               bool_or(v.tell_acknowledged) as tell_acknowledged,
               bool_or(v.tell_resolved) as tell_resolved,
               i_notice = 'resolved' and d.forget_resolved
                   and bool_and(v.state = 'due' and v.attempts = 0)
                   as is_forgotten
          from moved m
          join delivery v on v.alert_id = m.alert_id
          join destination d on d.destination_id = v.destination_id
         where v.state <> 'cancelled'
         group by m.event_id, m.alert_id, v.destination_id, v.urgency,
               d.give_up_after, d.forget_resolved),
    forgotten as (
        update delivery v
           set state = 'cancelled',
               reason = 'resolved before it was told'
          from told t
         where t.is_forgotten
           and v.destination_id = t.destination_id
           and v.alert_id = t.alert_id
           and v.state = 'due')
    insert into delivery (destination_id, alert_id, notice, notice_id, urgency,
           tell_acknowledged, tell_resolved, created_at, due_at, expires_at)
    select destination_id, alert_id, i_notice, event_id, urgency,
           tell_acknowledged, tell_resolved, i_now, i_now,
           i_now + give_up_after
      from told
     where is_wanted
       and not is_forgotten
     order by event_id, destination_id
        on conflict do nothing;
end;
$$;

comment on function tocsin_internal.tell_moves
is 'Create deliveries that tell that alerts were acknowledged or resolved.';
