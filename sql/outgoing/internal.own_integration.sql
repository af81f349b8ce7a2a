-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.own_integration()
returns text
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.own_integration(0)
--
--      Return the integration of tocsin's own alerts; null before the first
--      destination.
-- ----------------------------------------------------------------------
begin
    return (select value from setting where name = 'own_integration');
end;
$$;

comment on function tocsin_internal.own_integration
is 'Return the integration of tocsin''s own alerts.';
