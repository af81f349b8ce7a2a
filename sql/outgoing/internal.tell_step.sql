-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tell_step(
    s           tocsin_internal.step,
    i_alert     tocsin_internal.alert,
    i_notice    tocsin_internal.notice,
    i_due_at    timestamptz,
    i_now       timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tell_step(5)
--
--      Create the delivery of a step that is due.  If there is a cancelled one,
--      make it due again, under the same id.
--
-- Parameters:
--      i_notice    - created, escalated or reminder
--      i_due_at    - when the step was due
-- ----------------------------------------------------------------------
begin
    insert into delivery as w (destination_id, alert_id, notice, notice_id,
           urgency, tell_acknowledged, tell_resolved, created_at, due_at,
           expires_at)
    select s.destination_id, i_alert.alert_id, i_notice,
           case i_notice when 'created' then i_alert.alert_id
               else make_event_id(i_due_at, format('%s/%s', i_notice,
                   i_alert.alert_id)) end,
           i_alert.urgency, s.tell_acknowledged, s.tell_resolved, i_now,
           i_now, i_now + d.give_up_after
      from destination d
     where d.destination_id = s.destination_id
        on conflict (destination_id, notice_id) where notice <> 'test'
        do update
       set state = 'due',
           reason = null,
           attempts = 0,
           tell_acknowledged = excluded.tell_acknowledged,
           tell_resolved = excluded.tell_resolved,
           due_at = excluded.due_at,
           expires_at = excluded.expires_at
     where w.state = 'cancelled';
end;
$$;

comment on function tocsin_internal.tell_step
is 'Create the delivery of a step that is due.';
