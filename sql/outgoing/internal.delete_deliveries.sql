-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.delete_deliveries(
    i_before    timestamptz,
    i_limit     integer)
returns tocsin_api.maintenance
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.delete_deliveries(2)
--
--      Delete the oldest finished deliveries and attempts.  Deliveries of live
--      alerts stay: they say who must be told when the alert is resolved.
--
-- Returns:
--      deleted, with how many; null: nothing to delete
-- ----------------------------------------------------------------------
declare
    _rows   bigint;
    _more   bigint;
begin
    delete from delivery
     where delivery_id = any (array(
           select w.delivery_id
             from delivery w
            where w.created_at < i_before
              and w.state in ('sent', 'dead', 'cancelled')
              and not exists (
                  select from alert a
                   where a.alert_id = w.alert_id
                     and a.resolved_at is null)
            order by w.created_at
            limit i_limit));
    get diagnostics _rows = row_count;
    delete from attempt
     where message_id = any (array(
           select message_id
             from attempt
            where at < i_before
            order by at
            limit i_limit));
    get diagnostics _more = row_count;
    if _rows + _more = 0 then
        return null;
    end if;
    return ('deleted', 'delivery', _rows + _more)::tocsin_api.maintenance;
end;
$$;

comment on function tocsin_internal.delete_deliveries
is 'Delete old deliveries.';
