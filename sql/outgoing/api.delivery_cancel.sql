-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.delivery_cancel(
    i_ids   bigint[])
returns integer
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.delivery_cancel(1)
--
--      Cancel deliveries that are due.
--
-- Parameters:
--      i_ids       - their numbers
--
-- Returns:
--      how many; those in another state are left out
-- ----------------------------------------------------------------------
declare
    _rows   integer;
begin
    update delivery
       set state = 'cancelled',
           reason = 'cancelled by the operator'
     where delivery_id = any (i_ids)
       and state = 'due';
    get diagnostics _rows = row_count;
    return _rows;
end;
$$;

comment on function tocsin_api.delivery_cancel
is 'Cancel deliveries.';
