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
--      Let the default partition of event take every event again, where
--      i_error says that split_default keeps one out: an event is never
--      refused for want of a partition.
--
-- Returns:
--      whether it was that
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
is 'Withdraw what split_default has begun.';
