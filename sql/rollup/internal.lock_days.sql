-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.lock_days(
    i_at    timestamptz[])
returns void
language sql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.lock_days(1)
--
--      Keep roll_up_day from the days of these times until the transaction
--      ends.
--
-- Locks:
--      advisory, shared, one per day: the first number is 'tocd' in ASCII,
--      the second the day, in days since 2000
-- ----------------------------------------------------------------------
    select pg_advisory_xact_lock_shared(1953456996, d.day)
      from (select distinct (c.at at time zone 'UTC')::date
                   - date '2000-01-01' as day
              from unnest(i_at) c(at)
             where isfinite(c.at)
             order by 1) d
$$;

comment on function tocsin_internal.lock_days
is 'Keep days from being rolled up.';
