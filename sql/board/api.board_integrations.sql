-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_integrations(
    i_limit             integer,
    i_integration_id    text default null)
returns table (
    integration_id      text,
    integration_name    text,
    enabled             boolean,
    silent              boolean,
    open_count          bigint,
    acknowledged_count  bigint,
    last_event_at       text,
    silent_seconds      double precision,
    dialect             text,
    wrapper_key         text)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_integrations(2)
--
--      Return the state of at most i_limit integrations: those with live
--      alerts first, then by name; or of the one with this id.  An
--      integration is silent if it is enabled and has sent no event for 24
--      hours.
-- ----------------------------------------------------------------------
    with chosen as (
        select i.integration_id, i.name, i.enabled, i.dialect, i.wrapper_key,
               coalesce(l.open_count, 0) as open_count,
               coalesce(l.acknowledged_count, 0) as acknowledged_count,
               l.last_event_at
          from integration i
          left join (
               select a.integration_id,
                      count(*) filter (where a.acknowledged_at is null)
                          as open_count,
                      count(a.acknowledged_at) as acknowledged_count,
                      max(a.last_event_at) as last_event_at
                 from alert a
                where a.resolved_at is null
                group by a.integration_id) l using (integration_id)
         where i_integration_id is null
            or i.integration_id = i_integration_id
         order by l.integration_id is null, i.name, i.integration_id
         limit i_limit)
    select c.integration_id, c.name, c.enabled,
           c.enabled
               and (e.last_at >= now() - interval '24 hours') is not true,
           c.open_count, c.acknowledged_count,
           to_char(e.last_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           extract(epoch from now() - e.last_at)::double precision,
           c.dialect, c.wrapper_key
      from chosen c
      join settled s using (integration_id)
      left join lateral (
           select greatest(c.last_event_at, s.last_event_at) as last_at) e
           on true
     order by c.open_count + c.acknowledged_count = 0, c.name,
           c.integration_id
$$;

comment on function tocsin_api.board_integrations
is 'Return the state of each integration, for the board.';
