-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.end_split(
    i_error text)
returns boolean
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.end_split(1)
--
--      Drop the constraint that split_default put on the default partition
--      of event, if i_error says that it was violated: no event is refused
--      for lack of a partition.
--
-- Returns:
--      whether that constraint was violated
-- ----------------------------------------------------------------------
begin
    if i_error !~ 'event_default_gives_way' then
        return false;
    end if;
    alter table tocsin_internal.event_default
        drop constraint if exists event_default_gives_way;
    return true;
end;
$$;

comment on function tocsin_internal.end_split
is 'Undo what split_default has begun.';
