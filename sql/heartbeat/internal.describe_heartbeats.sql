-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.describe_heartbeats(
    i_integration_id    text,
    i_name              text)
returns setof tocsin_api.heartbeat_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.describe_heartbeats(2)
--
--      Return the heartbeats of an integration (null: all) and name (null:
--      all), by name.
-- ----------------------------------------------------------------------
    select h.integration_id, h.integration_name, i.token_hash is not null,
           h.name, h.status, h.heard_by, h.heard_id,
           short_time(h.period_seconds::bigint),
           short_time(h.grace_seconds::bigint),
           h.period_seconds::bigint, h.grace_seconds::bigint, h.urgency,
           nullif(array_to_string(h.tags, ','), ''), h.created_at,
           h.heard_at, h.due_at, h.paused_at
      from tocsin.heartbeats h
      join integration i using (integration_id)
     where (i_integration_id is null or h.integration_id = i_integration_id)
       and (i_name is null or h.name = i_name)
     order by h.name, h.integration_id
$$;

comment on function tocsin_internal.describe_heartbeats
is 'Return heartbeats as operators see them.';
