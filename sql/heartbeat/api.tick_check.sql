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
--      no row      - there are no heartbeats
-- ----------------------------------------------------------------------
    select 'tick', t.ok,
           case when t.failure is not null then 'it failed: ' || t.failure
                when t.ok then format('%s heartbeats are watched', h.n)
                when t.ticked_at is null then format('%s heartbeats, and'
                    ' nobody looks whether they are late', h.n)
                else format('%s heartbeats, and nobody has looked for %s'
                    ' minutes whether they are late', h.n,
                    floor(extract(epoch from now() - t.ticked_at) / 60)) end
      from (select count(*) as n from heartbeat where paused_at is null) h
     cross join (
           select ticked_at,
                  coalesce(ticked_at > now() - interval '5 minutes', false)
                      and coalesce(failed_at <= now() - interval '5 minutes',
                          true) as ok,
                  case when failed_at > now() - interval '5 minutes'
                       then failure end as failure
             from ticker) t
     where h.n > 0
$$;

comment on function tocsin_api.tick_check
is 'Check whether somebody calls tick.';
