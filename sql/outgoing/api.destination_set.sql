-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.destination_set(
    i_name      text,
    i_options   jsonb)
returns tocsin_api.destination_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.destination_set(2)
--
--      Change a destination.
--
-- Parameters:
--      i_name      - its name or id
--      i_options   - what to change: see put_destination
--
-- Returns:
--      the destination
-- Raises:
--      TO404       - there is no such destination, or fallback
--      TO422       - an invalid value, which the message names
-- ----------------------------------------------------------------------
declare
    d   constant destination := find_destination(i_name);
begin
    perform put_destination(d, i_options);
    return describe_destinations(d.destination_id);
end;
$$;

comment on function tocsin_api.destination_set
is 'Change a destination.';
