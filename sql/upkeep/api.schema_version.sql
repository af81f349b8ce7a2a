-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.schema_version()
returns integer
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.schema_version(0)
--
--      Return the number of the last migration that was applied.
-- ----------------------------------------------------------------------
    select max(version) from migration
$$;

comment on function tocsin_api.schema_version
is 'Return the schema version, which the responder compares with its own.';
