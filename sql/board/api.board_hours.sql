-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_hours()
returns table (
    hour_at             text,
    created_count       bigint,
    acknowledged_count  bigint,
    resolved_count      bigint)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_hours(0)
--
--      Count what happened to alerts in each of the last 24 clock hours,
--      the current one included, from the log of events.  hour_at is the
--      start of an hour in UTC; hours without events have zeros.
-- ----------------------------------------------------------------------
    select to_char(h.hour_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           coalesce(c.created_count, 0), coalesce(c.acknowledged_count, 0),
           coalesce(c.resolved_count, 0)
      from (select date_trunc('hour', now(), 'UTC') - n * interval '1 hour'
                       as hour_at
              from generate_series(0, 23) n) h
      left join (
           select date_trunc('hour', e.received_at, 'UTC') as hour_at,
                  count(*) filter (where e.outcome = 'created')
                      as created_count,
                  count(*) filter (where e.outcome = 'acknowledged')
                      as acknowledged_count,
                  count(*) filter (where e.outcome = 'resolved')
                      as resolved_count
             from event e
            where e.received_at
                  >= date_trunc('hour', now(), 'UTC') - interval '23 hours'
              -- Between two limits the planner expects few, even without
              -- statistics.
              and e.received_at < 'infinity'
            group by 1) c using (hour_at)
     order by h.hour_at
$$;

comment on function tocsin_api.board_hours
is 'Count what happened to alerts in each of the last 24 hours.';
