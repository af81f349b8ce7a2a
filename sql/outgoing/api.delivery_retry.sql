-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.delivery_retry(
    i_ids   bigint[])
returns integer
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.delivery_retry(1)
--
--      Restart deliveries that are dead or cancelled, and try those that are
--      due at once.  They keep their notice_id, so that receivers recognise
--      duplicates.
--
-- Parameters:
--      i_ids       - their numbers; null: all that are dead
--
-- Returns:
--      how many; those that were sent, are being sent, or whose destination
--      was removed are left out
-- Locks:
--      destination_state   - no key update, all rows; see tick_low_water
-- ----------------------------------------------------------------------
declare
    _rows   integer;
begin
    -- Wait for a destination that is being removed.
    perform from destination_state order by destination_id for no key update;
    update delivery w
       set state = 'due',
           attempts = 0,
           due_at = clock_timestamp(),
           expires_at = clock_timestamp() + d.give_up_after
      from destination d
     where d.destination_id = w.destination_id
       and (w.delivery_id = any (i_ids) and w.state in ('due', 'cancelled')
           or (w.delivery_id = any (i_ids) or i_ids is null)
           and w.state = 'dead');
    get diagnostics _rows = row_count;
    return _rows;
end;
$$;

comment on function tocsin_api.delivery_retry
is 'Retry deliveries.';
