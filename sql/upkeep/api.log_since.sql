-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.log_since()
returns bigint
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.log_since(0)
--
--      Since when the log is complete, in microseconds since 1970; null:
--      no event was ever removed from it.  An event from a spool that is
--      older may have been stored before and forgotten since: stored
--      again, it would count twice.
-- ----------------------------------------------------------------------
    select value::bigint from setting where name = 'log_since'
$$;

comment on function tocsin_api.log_since
is 'How far back the log knows which events it has stored.';
