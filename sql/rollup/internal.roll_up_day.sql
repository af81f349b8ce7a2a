-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.roll_up_day(
    i_day   timestamptz)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.roll_up_day(1)
--
--      Store what the views compute for the hours of a day and for the day:
--      all that is not stored yet, or stale.  Whatever changed before is
--      seen here; what changes later waits for the lock, and is marked.
--
-- Parameters:
--      i_day           - start of the day, UTC
--
-- Returns:
--      how many rows were stored
-- Locks:
--      advisory        - the day: see lock_days
-- ----------------------------------------------------------------------
declare
    _next   constant timestamptz := i_day + interval '24 hours';
    _view   text;
    _n      bigint;
    _rows   bigint := 0;
begin
    perform pg_advisory_xact_lock(1953456996,
        (i_day at time zone 'UTC')::date - date '2000-01-01');
    delete from rollup r
     using stale_rollup s
     where r.unit = s.unit
       and r.bucket_at = s.bucket_at
       and r.integration_id = s.integration_id
       and s.bucket_at >= i_day
       and s.bucket_at < _next;
    foreach _view in array array['hourly', 'daily'] loop
        execute format('
            insert into rollup
            select $1, v.bucket_at, v.integration_id, v.event_count,
                   v.created_count, v.duplicate_count, v.acknowledged_count,
                   v.resolved_count, v.auto_resolved_count, v.mtta_seconds,
                   v.mtta_closed_seconds, v.mttr_seconds,
                   v.response_p50_seconds, v.response_p95_seconds,
                   v.lifetime_p50_seconds, v.lifetime_p95_seconds,
                   v.mtbf_seconds
              from tocsin.%I v
             where v.bucket_at >= $2
               and v.bucket_at < $3
                on conflict do nothing', _view)
        using case _view when 'hourly' then 'hour' else 'day' end, i_day,
            _next;
        get diagnostics _n = row_count;
        _rows := _rows + _n;
    end loop;
    delete from stale_rollup where bucket_at >= i_day and bucket_at < _next;

    -- If a host's clock was once far ahead, so are its ids.  Then alerts that
    -- come later can have a lower id, without being old, and become the
    -- previous ones of these.
    insert into stale_rollup (unit, bucket_at, integration_id, marked_at)
    select distinct u.unit, date_trunc(u.unit, a.created_at, 'UTC'),
           a.integration_id, timestamptz 'infinity'
      from alert a
     cross join (values ('hour'), ('day')) u(unit)
     where a.created_at >= i_day
       and a.created_at < _next
       and a.alert_id >= uuid_floor(now() - interval '18 hours');
    return _rows;
end;
$$;

comment on function tocsin_internal.roll_up_day
is 'Store the figures of one day and its hours.';
