-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tally(
    i_statuses  tocsin_internal.status[])
returns text
language sql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tally(1)
--
--      Count the alerts of each status, like 3 open, 1 resolved.
-- ----------------------------------------------------------------------
    select string_agg(t.n || ' ' || t.s, ', ' order by t.s)
      from (select s, count(*) from unnest(i_statuses) s group by s) t(s, n)
$$;

comment on function tocsin_internal.tally
is 'Count the alerts of each status, in words.';
