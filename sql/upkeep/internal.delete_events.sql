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
--      Delete the oldest events of the default partition.  An event that
--      only looks old, because its host's clock was wrong, stays until it
--      was also stored before i_before.
--
-- Returns:
--      deleted, with how many; null: nothing to delete
-- ----------------------------------------------------------------------
declare
    _rows   bigint;
    _ids    text[];
    _times  timestamptz[];
begin
    perform set_config('tocsin.removes_events', 'on', true);
    -- An array tells the planner that they are few.
    with gone as (
        delete from event_default
         where event_id = any (array(
               select event_id
                 from event_default
                where event_id < uuid_floor(i_before)
                  and stored_at < i_before
                order by event_id
                limit i_limit))
        returning integration_id, received_at)
    select count(*), array_agg(integration_id), array_agg(received_at)
      into _rows, _ids, _times
      from gone;
    perform set_config('tocsin.removes_events', 'off', true);
    if _rows = 0 then
        return null;
    end if;
    perform mark_stale(_ids, _times, '-infinity');
    perform note_removal(i_before);
    return ('deleted', 'event_default', _rows)::tocsin_api.maintenance;
end;
$$;

comment on function tocsin_internal.delete_events
is 'Delete old events from the default partition.';
