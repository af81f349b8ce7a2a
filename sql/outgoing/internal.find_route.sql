-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.find_route(
    i_name  text)
returns tocsin_internal.route
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.find_route(1)
--
--      Return the route of a name, locked for update.
--
-- Raises:
--      TO404   - there is none
-- ----------------------------------------------------------------------
declare
    r   route;
begin
    select * into r from route where name = i_name for update;
    if not found then
        raise exception using errcode = 'TO404',
            message = format('there is no route %s',
                coalesce(quote_literal(i_name), 'null')),
            hint = 'List them: tocsin route list.';
    end if;
    return r;
end;
$$;

comment on function tocsin_internal.find_route
is 'Return the route of a name.';
