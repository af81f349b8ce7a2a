-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.integration_show(
    i_id    text)
returns tocsin_api.integration_info
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.integration_show(1)
--
--      Return one integration.
--
-- Raises:
--      TO404   - no integration has this id
-- ----------------------------------------------------------------------
begin
    perform check_integration(i_id);
    return describe_integrations(i_id);
end;
$$;

comment on function tocsin_api.integration_show
is 'Return one integration.';
