-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.route_move(
    i_name  text,
    i_place integer)
returns tocsin_api.route_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.route_move(2)
--
--      Move a route to another place in the order, from 1; a number beyond
--      the end means the last place.
--
-- Returns:
--      the route
-- Raises:
--      TO404       - there is no such route
--      TO422       - the place is not 1 or more
-- ----------------------------------------------------------------------
declare
    r   route;
begin
    perform plan_outbox();
    lock table route in share row exclusive mode;
    r := find_route(i_name);
    if (i_place >= 1) is not true then
        raise exception using errcode = 'TO422',
            message = 'the place of a route must be 1 or more',
            hint = 'List them: tocsin route list.';
    end if;
    update route u
       set position = n.place
      from (
           select route_id, row_number() over (order by rank, is_other)
                      as place
             from (
                  select route_id, true as is_other,
                         row_number() over (order by position) as rank
                    from route
                   where route_id <> r.route_id
                   union all
                  select r.route_id, false, i_place) ranked) n
     where u.route_id = n.route_id
       and u.position <> n.place;
    return describe_routes(r.route_id);
end;
$$;

comment on function tocsin_api.route_move
is 'Move a route to another place.';
