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
--      Check whether somebody calls tick, if there is work for it.
--
-- Returns:
--      tick        - false if it was not called for 5 minutes, or if a part of
--                    it failed in them
--      no row      - there are no heartbeats, destinations and routes
-- ----------------------------------------------------------------------
    select 'tick', t.ok,
           case when t.failure is not null then 'it failed: ' || t.failure
                when t.ok then w.what || ' are looked after'
                when t.ticked_at is null
                then w.what || ', and nobody looks for what is due'
                else format('%s, and nobody has looked for what is due for %s'
                    ' minutes', w.what,
                    floor(extract(epoch from now() - t.ticked_at) / 60)) end
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
is 'Check whether somebody calls tick.';
