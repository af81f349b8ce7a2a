-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.integration_list()
returns setof tocsin_api.integration_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.integration_list(0)
--
--      List all integrations, by name.
-- ----------------------------------------------------------------------
    select * from describe_integrations(null)
$$;

comment on function tocsin_api.integration_list
is 'List all integrations, by name.';
