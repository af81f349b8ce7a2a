-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.add_state()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.add_state(0)
--
--      Trigger on destination: insert the row of destination_state of a new
--      one, without which nothing is sent to it.
-- ----------------------------------------------------------------------
begin
    insert into destination_state (destination_id)
    values (new.destination_id);
    return null;
end;
$$;

comment on function tocsin_internal.add_state
is 'Give a new destination its state.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger destination_20_state
    after insert on tocsin_internal.destination
    for each row
    execute function tocsin_internal.add_state()$$);
end $do$;

comment on trigger destination_20_state on tocsin_internal.destination
is 'A new destination has a state.';
