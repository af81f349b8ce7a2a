-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.lower_water()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.lower_water(0)
--
--      Trigger on delivery: when a time moves back, even by hand, lower the
--      low-water marks to it.
--
-- Locks:
--      destination_state   - update, the row of the destination, if a mark
--                            must be lowered
-- ----------------------------------------------------------------------
begin
    update destination_state
       set due_from = least(due_from, new.due_at),
           leased_from = least(leased_from, new.leased_until)
     where destination_id = new.destination_id
       and (due_from > new.due_at or leased_from > new.leased_until);
    return null;
end;
$$;

comment on function tocsin_internal.lower_water
is 'Lower the low-water marks of a destination.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger delivery_20_lower_water
    after update on tocsin_internal.delivery
    for each row
    when (new.due_at < old.due_at or new.leased_until < old.leased_until)
    execute function tocsin_internal.lower_water()$$);
end $do$;

comment on trigger delivery_20_lower_water on tocsin_internal.delivery
is 'A low-water mark follows a time that moves back.';
