-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.roll_up()
returns tocsin_api.maintenance
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
set jit = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.roll_up(0)
--
--      Roll up one day: one of which something has changed, or the next one
--      that ended a day ago or longer.
--
--      By then no event is on its way any more that is not late: ingest
--      marks what is older than 18 hours.  maintain keeps others from
--      calling it at the same time.
--
-- Returns:
--      rolled_up, with how many rows; null: nothing to do
-- Raises:
--      55P03           - a session has written events, or to a day, for too
--                        long
-- Locks:
--      event           - against writers, for a moment
--      advisory        - see roll_up_day
-- ----------------------------------------------------------------------
declare
    _end    constant timestamptz :=
                date_trunc('day', now(), 'UTC') - interval '24 hours';
    _until  timestamptz;
    _day    timestamptz;
    _rows   bigint := 0;
begin
    if not exists (
            select from stale_rollup
             where marked_at < now() - interval '10 minutes')
        and (select until >= _end from rolled_up)
    then
        return null;
    end if;

    -- Wait for events that were not late when they came; the rollback ends
    -- the lock.
    begin
        lock table only event in share mode;
        raise exception using errcode = 'TO000';
    exception when sqlstate 'TO000' then
        null;
    end;

    select min(date_trunc('day', bucket_at, 'UTC')) into _day
      from stale_rollup
     where marked_at < now() - interval '10 minutes'
       and bucket_at < (select until from rolled_up);
    if _day is not null then
        return ('rolled_up', 'rollup', roll_up_day(_day))
            ::tocsin_api.maintenance;
    end if;
    select until into _until from rolled_up;
    if _until >= _end then
        return null;
    end if;

    -- The views go back ten years.  Days without a row need nothing.
    _until := coalesce(_until,
        date_trunc('day', now() - interval '10 years', 'UTC'));
    _day := date_trunc('day', least(
        (select min(created_at) from alert where created_at >= _until),
        (select min(received_at) from event where received_at >= _until)),
        'UTC');
    if _day < _end then
        _rows := roll_up_day(_day);
    end if;
    insert into setting as s (name, value)
    values ('rolled_up_until', to_char(
        least(_day + interval '24 hours', _end) at time zone 'UTC',
        'YYYY-MM-DD'))
    on conflict (name) do update set value = excluded.value;
    return case when _day < _end then
        ('rolled_up', 'rollup', _rows)::tocsin_api.maintenance end;
end;
$$;

comment on function tocsin_internal.roll_up
is 'Do one step towards stored figures of all days that are over.';
