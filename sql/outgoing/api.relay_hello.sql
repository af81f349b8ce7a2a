-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.relay_hello(
    i_relay     uuid,
    i_host      text,
    i_pid       integer,
    i_version   text,
    i_clock_us  bigint)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.relay_hello(5)
--
--      Begin to relay: the first call of a relay, and after relay_claim has
--      raised TO404; and again from time to time.
--
-- Parameters:
--      i_relay     - id of the process, made by it at random
--      i_host      - name of its host
--      i_pid       - number of the process there
--      i_clock_us  - its clock, in microseconds since 1970
-- Returns:
--      whether all goes well: tick has not failed for 5 minutes, and nothing
--      has been due for as long, but for peace, hours and limits
-- ----------------------------------------------------------------------
declare
    _now    constant timestamptz := clock_timestamp();
    _since  constant timestamptz := _now - interval '5 minutes';
begin
    insert into relay (relay_id, host, pid, version, started_at, seen_at,
           clock_ahead)
    values (i_relay, left(i_host, 255), i_pid, left(i_version, 64), _now, _now,
           to_timestamp(i_clock_us / 1e6::double precision) - _now)
        on conflict (relay_id) do update
       set seen_at = excluded.seen_at,
           left_at = null,
           clock_ahead = excluded.clock_ahead;
    return not exists (select from ticker where failed_at > _since)
        and not exists (
            select
              from destination_state s
              join destination d on d.destination_id = s.destination_id
             where coalesce(held_by(d, s, _now), 'breaker') = 'breaker'
               and has_due(d, s, _since, _now));
end;
$$;

comment on function tocsin_api.relay_hello
is 'Begin to relay; return whether all goes well.';
