-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.heartbeat_remove(
    i_integration_id    text,
    i_name              text)
returns tocsin_api.heartbeat_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.heartbeat_remove(2)
--
--      Remove a heartbeat.  If it is late, resolve its alert; alerts and events
--      stay.
--
-- Parameters, raises, locks:
--      see lock_heartbeat
-- Returns:
--      the heartbeat, as it was
-- ----------------------------------------------------------------------
declare
    _h      constant heartbeat := lock_heartbeat(i_integration_id, i_name);
    _was    tocsin_api.heartbeat_info;
begin
    _was := describe_heartbeats(_h.integration_id, _h.name);
    perform end_lateness(_h);
    delete from heartbeat
     where integration_id = _h.integration_id
       and name = _h.name;
    return _was;
end;
$$;

comment on function tocsin_api.heartbeat_remove
is 'Remove a heartbeat.';
