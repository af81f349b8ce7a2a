-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.heartbeat_create(
    h               tocsin_internal.heartbeat,
    i_heard_at      timestamptz,
    i_due_at        timestamptz,
    i_now           timestamptz)
returns tocsin_api.event_in
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.heartbeat_create(4)
--
--      Return the create event of a late heartbeat's alert.
--
-- Parameters:
--      i_heard_at      - when it was last heard; null: never
--      i_due_at        - the deadline that it missed
--      i_now           - when the event is received
-- ----------------------------------------------------------------------
declare
    _format constant text := 'YYYY-MM-DD"T"HH24:MI:SS"Z"';
    _heard  constant text := to_char(i_heard_at at time zone 'UTC', _format);
    _due    constant text := to_char(i_due_at at time zone 'UTC', _format);
    e       tocsin_api.event_in;
begin
    e.event_id := heartbeat_late(h, i_due_at);
    e.received_at := i_now;
    e.source := 'timer';
    e.integration_id := h.integration_id;
    e.event_type := 'create';
    e.external_id := 'heartbeat/' || h.name;
    e.title := format('Heartbeat %s is late', h.name);
    e.description := format('%s; it was due by %s.',
        coalesce('Last heard at ' || _heard, 'Never heard'), _due);
    e.urgency := h.urgency::text;
    e.tags := h.tags::text;
    e.dedup_keys := '{}';
    e.meta := jsonb_build_object('last_heard_at', _heard, 'due_at', _due);
    e.incident := false;
    e.flags := '{}';
    e.remote_addr := 'tick';
    return e;
end;
$$;

comment on function tocsin_internal.heartbeat_create
is 'Return the event that opens the alert of a late heartbeat.';
