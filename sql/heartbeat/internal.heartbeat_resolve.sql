-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.heartbeat_resolve(
    h               tocsin_internal.heartbeat,
    i_heard_at      timestamptz,
    i_now           timestamptz)
returns tocsin_api.event_in[]
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.heartbeat_resolve(3)
--
--      Return, in an array, the event that resolves the alert which tick opened
--      for a late heartbeat; empty if a ping has resolved it already, or if the
--      alert was opened by a report that the job failed.
--
-- Parameters:
--      h               - a late heartbeat: late_since is set
--      i_heard_at      - when it was last heard; null: never
--      i_now           - when the event is received
-- ----------------------------------------------------------------------
declare
    _late   constant uuid := heartbeat_late(h, h.late_since);
    e       tocsin_api.event_in;
begin
    e.external_id := 'heartbeat/' || h.name;
    if not exists (
        select from alert a
         where a.integration_id = h.integration_id
           and a.external_id = e.external_id
           and a.resolved_at is null
           and coalesce(a.last_duplicate_id, a.alert_id) = _late
           -- Opened by an earlier report of a failure.
           and (a.alert_id = _late or a.created_at < i_heard_at))
    then
        return array[]::tocsin_api.event_in[];
    end if;
    e.event_id := make_event_id(i_now,
        'back/' || h.integration_id || '/' || h.name);
    e.received_at := i_now;
    e.source := 'timer';
    e.integration_id := h.integration_id;
    e.event_type := 'resolve';
    e.remote_addr := 'tick';
    return array[e];
end;
$$;

comment on function tocsin_internal.heartbeat_resolve
is 'Return the event that ends the alert of a late heartbeat.';
