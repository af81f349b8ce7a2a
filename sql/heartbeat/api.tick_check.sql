-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.tick_check()
returns setof tocsin_api.finding
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.tick_check(0)
--
--      Check that tick is called, if there is work for it.
--
-- Returns:
--      tick        - false if it was not called, or a part of it failed, in
--                    the last 5 minutes
--      no row      - there are no heartbeats, destinations or routes
-- ----------------------------------------------------------------------
    select 'tick', t.ok,
           case when t.failure is not null then 'it failed: ' || t.failure
                when t.ok then 'tick runs for ' || w.what
                when t.ticked_at is null
                then 'tick has never run, but is needed for ' || w.what
                else format('tick has not run for %s minutes, but is needed'
                    ' for %s',
                    floor(extract(epoch from now() - t.ticked_at) / 60),
                    w.what) end
      from (
           select string_agg(n || ' ' || kind, ', ' order by place) as what
             from (
                  select 1, 'heartbeats', count(*)
                    from heartbeat
                   where paused_at is null
                   union all
                  select 2, 'destinations', count(*) from destination
                   union all
                  select 3, 'routes', count(*) from route)
                  counts(place, kind, n)
            where n > 0) w
     cross join (
           select ticked_at,
                  coalesce(ticked_at > now() - interval '5 minutes', false)
                      and coalesce(failed_at <= now() - interval '5 minutes',
                          true) as ok,
                  case when failed_at > now() - interval '5 minutes'
                       then failure end as failure
             from ticker) t
     where w.what is not null
$$;

comment on function tocsin_api.tick_check
is 'Check that tick is called.';
