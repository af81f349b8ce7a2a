-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.destination_show(
    i_name  text)
returns tocsin_api.destination_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.destination_show(1)
--
--      Return the destination of a name or id.
--
-- Raises:
--      TO404   - there is none
-- ----------------------------------------------------------------------
begin
    return describe_destinations((find_destination(i_name)).destination_id);
end;
$$;

comment on function tocsin_api.destination_show
is 'Return a destination.';
