-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.installation()
returns text
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.installation(0)
--
--      Return the id of this installation, by which a spool recognises its
--      database.  A restored dump and a standby have the same id.
-- ----------------------------------------------------------------------
    select value from setting where name = 'installation'
$$;

comment on function tocsin_api.installation
is 'Return the installation''s id, so that no spool drains into another.';
