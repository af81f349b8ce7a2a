-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tick(
    i_now       timestamptz,
    i_limit     integer)
returns tocsin_api.tick_result
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tick(2)
--
--      Do the scheduled work that is due at i_now, part by part.  A part is a
--      function tick_NAME(i_now, i_limit) that returns how many rows it
--      processed and when the next is due.  If one fails, it is rolled back and
--      recorded, and the others go on.  Does not read the clock.
--
-- Parameters:
--      i_limit     - maximum number of rows for each part
-- Returns:
--      what was done: see tocsin_api.tick_result
-- Locks:
--      advisory, (1953457012, 1): one session at a time.  The first number
--      differs from that of lock_keys.
-- ----------------------------------------------------------------------
declare
    _parts      constant text[] := array['tick_heartbeats', 'tick_outbox',
                    'tick_escalations', 'tick_fallbacks', 'tick_expiry',
                    'tick_own_alerts', 'tick_low_water'];
    _part       text;
    _done       integer;
    _next_at    timestamptz;
    _result     tocsin_api.tick_result := (0, false, null);
begin
    if not pg_try_advisory_xact_lock(1953457012, 1) then
        _result.busy := true;
        return _result;
    end if;
    foreach _part in array _parts loop
        begin
            execute format('select o_done, o_next_at'
                    ' from tocsin_internal.%I($1, $2)', _part)
               into _done, _next_at
              using i_now, i_limit;
            _result.done := _result.done + _done;
            _result.next_at := least(_result.next_at, _next_at);
        exception when others then
            perform note_tick_failure(i_now,
                format('%s: %s %s', _part, sqlstate, sqlerrm));
        end;
    end loop;
    update ticker
       set ticked_at = i_now,
           next_at = _result.next_at;
    return _result;
end;
$$;

comment on function tocsin_internal.tick
is 'Do the scheduled work that is due at a time.';
