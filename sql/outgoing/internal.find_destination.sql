-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.find_destination(
    i_name  text)
returns tocsin_internal.destination
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.find_destination(1)
--
--      Return the destination of a name or id, locked for update.
--
-- Raises:
--      TO404   - there is none
-- Locks:
--      destination_state, destination  - update, in the order of note_result
-- ----------------------------------------------------------------------
declare
    d   destination;
begin
    perform from destination_state
      where destination_id in (
            select destination_id
              from destination
             where i_name in (name, destination_id))
        for update;
    select * into d
      from destination
     where i_name in (name, destination_id)
       for update;
    if not found then
        raise exception using errcode = 'TO404',
            message = format('there is no destination %s',
                coalesce(quote_literal(i_name), 'null')),
            hint = 'List them: tocsin destination list.';
    end if;
    return d;
end;
$$;

comment on function tocsin_internal.find_destination
is 'Return the destination of a name or id.';
