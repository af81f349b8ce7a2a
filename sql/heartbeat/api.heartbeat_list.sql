-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.heartbeat_list()
returns setof tocsin_api.heartbeat_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.heartbeat_list(0)
--
--      List all heartbeats, by name.
-- ----------------------------------------------------------------------
    select * from describe_heartbeats(null, null)
$$;

comment on function tocsin_api.heartbeat_list
is 'List all heartbeats.';
