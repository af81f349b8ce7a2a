-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_counts()
returns table (
    at                              text,
    open_count                      bigint,
    acknowledged_count              bigint,
    live_count                      bigint,
    oldest_unacknowledged_seconds   double precision,
    created_24h_count               bigint,
    integration_count               bigint,
    broken_destinations             jsonb)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_counts(0)
--
--      Return the figures at the top of the board.
--
-- Returns:
--      at              - the time at which they were computed
--      live_count      - open and acknowledged alerts together
--      oldest_unacknowledged_seconds
--                      - null if no alert is open
--      broken_destinations
--                      - an array of names
--      the others      - as their names say
-- ----------------------------------------------------------------------
    select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           l.open_count, l.acknowledged_count,
           l.open_count + l.acknowledged_count,
           extract(epoch from now() - l.oldest_at)::double precision,
           (select count(*)
              from alert
             where created_at >= now() - interval '24 hours'
               and created_at < 'infinity'), -- see board_hours
           (select count(*) from integration),
           (select coalesce(jsonb_agg(d.name order by d.name), '[]')
              from destination d
              join destination_state s
                on s.destination_id = d.destination_id
             where s.broken_since is not null)
      from (select count(*) filter (where acknowledged_at is null)
                       as open_count,
                   count(acknowledged_at) as acknowledged_count,
                   min(created_at) filter (where acknowledged_at is null)
                       as oldest_at
              from alert
             where resolved_at is null) l
$$;

comment on function tocsin_api.board_counts
is 'Return the figures at the top of the board.';
