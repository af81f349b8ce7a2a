-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.demo_open(
    e   tocsin_internal.event)
returns tocsin_internal.alert
language plpgsql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.demo_open(1)
--
--      Return the alert that an event of the demonstration opens.
-- ----------------------------------------------------------------------
declare
    _alert  alert;
begin
    _alert.alert_id := e.event_id;
    _alert.integration_id := e.integration_id;
    _alert.external_id := e.external_id;
    _alert.status := e.to_status;
    _alert.title := e.title;
    _alert.description := e.description;
    _alert.urgency := e.urgency;
    _alert.tags := e.tags;
    _alert.dedup_keys := e.dedup_keys;
    _alert.meta := e.meta;
    _alert.incident := e.incident;
    _alert.incident_severity := e.incident_severity;
    _alert.incident_message := e.incident_message;
    _alert.flags := e.flags;
    _alert.duplicate_count := 0;
    _alert.created_at := e.received_at;
    _alert.last_event_at := e.received_at;
    return _alert;
end;
$$;

comment on function tocsin_internal.demo_open
is 'Return the alert that an event of the demonstration opens.';
