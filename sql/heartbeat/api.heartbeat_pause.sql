-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.heartbeat_pause(
    i_integration_id    text,
    i_name              text)
returns tocsin_api.heartbeat_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.heartbeat_pause(2)
--
--      Stop watching a heartbeat until it is resumed.  If it is late, resolve
--      its alert.
--
-- Parameters, raises, locks:
--      see lock_heartbeat
-- Returns:
--      the heartbeat
-- ----------------------------------------------------------------------
declare
    _h  constant heartbeat := lock_heartbeat(i_integration_id, i_name);
begin
    perform end_lateness(_h);
    update heartbeat
       set paused_at = coalesce(paused_at, now()),
           late_since = null
     where integration_id = _h.integration_id
       and name = _h.name;
    return describe_heartbeats(_h.integration_id, _h.name);
end;
$$;

comment on function tocsin_api.heartbeat_pause
is 'Stop watching a heartbeat.';
