-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.is_routed(
    i_id    text)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.is_routed(1)
--
--      Return whether an enabled route may concern alerts of an integration.
-- ----------------------------------------------------------------------
begin
    return exists (
        select from route
         where enabled
           and (integration_id is null or integration_id = i_id));
end;
$$;

comment on function tocsin_internal.is_routed
is 'Return whether a route may concern an integration.';
