-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.destination_list()
returns setof tocsin_api.destination_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.destination_list(0)
--
--      Return all destinations, by name.
-- ----------------------------------------------------------------------
    select * from describe_destinations()
$$;

comment on function tocsin_api.destination_list
is 'Return all destinations.';
