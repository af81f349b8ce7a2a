-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.format_list()
returns setof tocsin_api.format_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.format_list(0)
--
--      List all formats, by name.
-- ----------------------------------------------------------------------
    select * from describe_formats(null)
$$;

comment on function tocsin_api.format_list
is 'List all formats, by name.';
