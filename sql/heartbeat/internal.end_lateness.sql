-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.end_lateness(
    h   tocsin_internal.heartbeat)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.end_lateness(1)
--
--      Resolve the alert of a late heartbeat that is about to be paused or
--      removed, since tick will not see it again.
-- ----------------------------------------------------------------------
declare
    _events constant tocsin_api.event_in[] := case
        when h.late_since is null then array[]::tocsin_api.event_in[]
        else heartbeat_resolve(h, h.heard_at, clock_timestamp()) end;
begin
    if cardinality(_events) > 0 then
        perform tocsin_api.ingest(_events);
    end if;
end;
$$;

comment on function tocsin_internal.end_lateness
is 'Resolve the alert of a heartbeat that is about to be paused or removed.';
