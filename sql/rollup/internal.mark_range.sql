-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.mark_range(
    i_first timestamptz,
    i_last  timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.mark_range(2)
--
--      Have the views compute all hours and days that are rolled up, from
--      i_first to i_last.
--
-- Locks:
--      see mark_stale
-- ----------------------------------------------------------------------
begin
    -- Only then, in a new snapshot, are all rows seen.
    perform lock_days(array(
        select generate_series(i_first, i_last + interval '1 day',
            interval '1 day')));
    perform mark_stale(array_agg(integration_id), array_agg(bucket_at),
               '-infinity')
       from rollup
      where unit = 'hour'
        and bucket_at > i_first - interval '1 hour'
        and bucket_at <= i_last;
end;
$$;

comment on function tocsin_internal.mark_range
is 'Have views compute all hours and days of a time.';
