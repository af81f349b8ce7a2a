-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.move_alerts(
    i_moves tocsin_internal.verdict[])
returns void
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.move_alerts(1)
--
--      Acknowledge, resolve and repeat alerts, no alert twice.  Not a part
--      of the statement of apply_set: there it would cost time even if no
--      alert changes.
--
-- Raises:
--      40001           - a manual write interfered
-- ----------------------------------------------------------------------
declare
    _n  bigint;
begin
    update tocsin_internal.alert a
       set status = case when a.status = j.from_status then j.to_status
               else tocsin_internal.give_way(a.alert_id) end,
           duplicate_count = a.duplicate_count
               + (j.outcome = 'duplicate')::integer,
           acknowledged_at = case when j.outcome = 'acknowledged'
               then greatest(j.received_at, a.created_at)
               else a.acknowledged_at end,
           resolved_at = case when j.outcome = 'resolved'
               then greatest(j.received_at, a.created_at, a.acknowledged_at)
               else a.resolved_at end,
           last_event_at = case when a.resolved_at is null
               then greatest(j.received_at, a.last_event_at)
               else a.last_event_at end,
           last_duplicate_id = case when j.outcome = 'duplicate'
               then greatest(j.event_id, a.last_duplicate_id)
               else a.last_duplicate_id end,
           resolve_id = case when j.outcome = 'resolved'
               then j.event_id else a.resolve_id end
      from unnest(i_moves) j
     where a.alert_id = j.alert_id;
    get diagnostics _n = row_count;
    if _n < cardinality(i_moves) then
        perform tocsin_internal.give_way(null);
    end if;
end;
$$;

comment on function tocsin_internal.move_alerts
is 'Change the alerts of a batch that there were before.';
