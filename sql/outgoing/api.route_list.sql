-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.route_list()
returns setof tocsin_api.route_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.route_list(0)
--
--      Return all routes in their order.
-- ----------------------------------------------------------------------
    select * from describe_routes()
$$;

comment on function tocsin_api.route_list
is 'Return all routes.';
