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
--      Sign a relay on: its first call, repeated every 30 seconds and after
--      any call has failed.
--
-- Parameters:
--      i_relay     - random id that the process has made for itself
--      i_host      - name of its host
--      i_pid       - its process id there
--      i_clock_us  - its clock, in microseconds since 1970
-- Returns:
--      whether all is well: in the last 5 minutes tick has not failed, and
--      nothing has been due throughout, except for what a gap, hours or limits
--      hold back
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
is 'Sign a relay on; return whether all is well.';
