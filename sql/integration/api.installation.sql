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
--      The id of this installation, by which a spool knows its database.
--      A dump that is restored keeps it, and so does a standby.
-- ----------------------------------------------------------------------
    select value from setting where name = 'installation'
$$;

comment on function tocsin_api.installation
is 'Which database this is, for a spool not to be drained into another.';
