-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_heartbeats(
    i_limit     integer)
returns table (
    integration_id      text,
    integration_name    text,
    name                text,
    status              text,
    every_seconds       double precision,
    heard_seconds       double precision)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_heartbeats(1)
--
--      Return at most i_limit heartbeats, late ones first, then by name, with
--      the time since they were heard; null: never.
-- ----------------------------------------------------------------------
    select h.integration_id, h.integration_name, h.name, h.status,
           h.period_seconds,
           extract(epoch from now() - h.heard_at)::double precision
      from tocsin.heartbeats h
     order by h.status = 'late' desc, h.name, h.integration_id
     limit i_limit
$$;

comment on function tocsin_api.board_heartbeats
is 'Return the state of each heartbeat, for the board.';
