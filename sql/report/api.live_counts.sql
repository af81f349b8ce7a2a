-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.live_counts()
returns setof tocsin_api.live_count
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.live_counts(0)
--
--      Count the open and the acknowledged alerts of every integration,
--      by name.  Monitoring polls this, so it reads the live alerts only
--      once, whatever the number of integrations.
-- ----------------------------------------------------------------------
    select i.integration_id, i.name, s.status,
           coalesce(case s.status when 'open' then l.open_count
                    else l.acknowledged_count end, 0)
      from integration i
      left join live l using (integration_id)
     cross join (values (1, 'open'), (2, 'acknowledged')) s(place, status)
     order by i.name, i.integration_id, s.place
$$;

comment on function tocsin_api.live_counts
is 'Count open and acknowledged alerts by integration, zeros included.';
