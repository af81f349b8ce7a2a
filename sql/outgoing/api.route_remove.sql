-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.route_remove(
    i_name  text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.route_remove(1)
--
--      Remove a route and end its chains.  Deliveries that are due are still
--      sent; transitions that were not planned yet are planned first.
--
-- Raises:
--      TO404       - there is no such route
-- ----------------------------------------------------------------------
declare
    r   constant route := find_route(i_name);
begin
    perform plan_outbox();
    delete from escalation where route_id = r.route_id;
    delete from route where route_id = r.route_id;
end;
$$;

comment on function tocsin_api.route_remove
is 'Remove a route.';
