-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.heartbeat_show(
    i_integration_id    text,
    i_name              text)
returns tocsin_api.heartbeat_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.heartbeat_show(2)
--
--      Return one heartbeat.
--
-- Parameters, raises, locks:
--      see lock_heartbeat
-- ----------------------------------------------------------------------
declare
    _h  constant heartbeat := lock_heartbeat(i_integration_id, i_name);
begin
    return describe_heartbeats(_h.integration_id, _h.name);
end;
$$;

comment on function tocsin_api.heartbeat_show
is 'Return one heartbeat.';
