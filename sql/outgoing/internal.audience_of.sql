-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.audience_of(
    i_kind      tocsin_internal.destination_kind,
    i_format    text)
returns text
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.audience_of(2)
--
--      Return the audience of a destination of this kind and format: people,
--      who get all that waits in one message, or machines, which get a message
--      for each delivery.
-- ----------------------------------------------------------------------
begin
    return case i_kind
        when 'mail' then 'people'
        when 'command' then 'machines'
        else (select audience from format where name = i_format) end;
end;
$$;

comment on function tocsin_internal.audience_of
is 'Return the audience of a destination: people or machines.';
