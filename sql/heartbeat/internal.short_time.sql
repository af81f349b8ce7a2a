-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.short_time(
    i_seconds   bigint)
returns text
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.short_time(1)
--
--      Format a number of seconds in the largest unit that divides it, like
--      90s, 15m, 24h or 7d.  The operator's tool accepts this form.
-- ----------------------------------------------------------------------
    select case when i_seconds % 86400 = 0 then i_seconds / 86400 || 'd'
                when i_seconds % 3600 = 0 then i_seconds / 3600 || 'h'
                when i_seconds % 60 = 0 then i_seconds / 60 || 'm'
                else i_seconds || 's' end
$$;

comment on function tocsin_internal.short_time
is 'Format a number of seconds, like 1d.';
