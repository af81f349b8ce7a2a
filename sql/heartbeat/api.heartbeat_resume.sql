-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.heartbeat_resume(
    i_integration_id    text,
    i_name              text)
returns tocsin_api.heartbeat_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.heartbeat_resume(2)
--
--      Watch a paused heartbeat again, as if it were new: it is late only after
--      a full period and grace.
--
-- Parameters, raises, locks:
--      see lock_heartbeat
-- Returns:
--      the heartbeat
-- ----------------------------------------------------------------------
declare
    _h  constant heartbeat := lock_heartbeat(i_integration_id, i_name);
begin
    update heartbeat
       set paused_at = null,
           armed_at = now(),
           heard_at = null,
           look_at = now() + period + grace
     where integration_id = _h.integration_id
       and name = _h.name
       and paused_at is not null;
    return describe_heartbeats(_h.integration_id, _h.name);
end;
$$;

comment on function tocsin_api.heartbeat_resume
is 'Watch a paused heartbeat again.';
