-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.relay_hello(
    i_relay     uuid,
    i_host      text,
    i_pid       integer,
    i_version   text)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.relay_hello(4)
--
--      Begin to relay: the first call of a relay, and after relay_claim has
--      raised TO404.
--
-- Parameters:
--      i_relay     - id of the process, made by it at random
--      i_host      - name of its host
--      i_pid       - number of the process there
-- ----------------------------------------------------------------------
    insert into relay (relay_id, host, pid, version, started_at, seen_at)
    values (i_relay, left(i_host, 255), i_pid, left(i_version, 64),
           clock_timestamp(), clock_timestamp())
        on conflict (relay_id) do update
       set seen_at = excluded.seen_at,
           left_at = null
$$;

comment on function tocsin_api.relay_hello
is 'Begin to relay.';
