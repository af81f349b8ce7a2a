-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.route_enable(
    i_name      text,
    i_enabled   boolean)
returns tocsin_api.route_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.route_enable(2)
--
--      Enable or disable a route.  Disabling ends its chains; destinations
--      that were told of an alert are still told when it is resolved.
--
-- Returns:
--      the route
-- Raises:
--      TO404       - there is no such route
--      TO422       - i_enabled is null
-- ----------------------------------------------------------------------
declare
    r   constant route := find_route(i_name);
begin
    if i_enabled is null then
        raise exception using errcode = 'TO422',
            message = 'whether to enable the route must not be null',
            hint = 'Pass true or false.';
    end if;
    perform plan_outbox();
    update route set enabled = i_enabled where route_id = r.route_id;
    if not i_enabled then
        delete from escalation where route_id = r.route_id;
    end if;
    return describe_routes(r.route_id);
end;
$$;

comment on function tocsin_api.route_enable
is 'Enable or disable a route.';
