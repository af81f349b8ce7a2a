-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.delete_events(
    i_before    timestamptz,
    i_limit     integer)
returns tocsin_api.maintenance
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.delete_events(2)
--
--      Delete the oldest events of the default partition.  One that only
--      says that it is old, since its host's clock was wrong, stays until
--      it has been in the database as long.
--
-- Returns:
--      deleted, with how many; null: there is none
-- ----------------------------------------------------------------------
declare
    _rows   bigint;
begin
    perform set_config('tocsin.removes_events', 'on', true);
    -- An array tells the planner that they are few.
    delete from event_default
     where event_id = any (array(
           select event_id
             from event_default
            where event_id < uuid_floor(i_before)
              and stored_at < i_before
            order by event_id
            limit i_limit));
    get diagnostics _rows = row_count;
    perform set_config('tocsin.removes_events', 'off', true);
    if _rows = 0 then
        return null;
    end if;
    return ('deleted', 'event_default', _rows)::tocsin_api.maintenance;
end;
$$;

comment on function tocsin_internal.delete_events
is 'Delete old events that are in no partition of a month.';
