-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.delete_alerts(
    i_before    timestamptz,
    i_limit     integer)
returns tocsin_api.maintenance
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.delete_alerts(2)
--
--      Delete the oldest alerts that were resolved before i_before.  Live
--      alerts stay, however old.
--
-- Returns:
--      deleted, with how many; null: nothing to delete
-- ----------------------------------------------------------------------
declare
    _rows   bigint;
begin
    -- An alert is created before it is resolved, so the index of times finds
    -- them.  An array tells the planner that they are few; otherwise it may
    -- read all history.
    delete from alert
     where alert_id = any (array(
           select alert_id
             from alert
            where created_at < i_before
              and resolved_at < i_before
            order by created_at
            limit i_limit
              for update skip locked));
    get diagnostics _rows = row_count;
    if _rows = 0 then
        return null;
    end if;
    return ('deleted', 'alert', _rows)::tocsin_api.maintenance;
end;
$$;

comment on function tocsin_internal.delete_alerts
is 'Delete alerts resolved before a given time.';
