-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.look_at_heartbeat(
    h               tocsin_internal.heartbeat,
    i_is_enabled    boolean,
    i_now           timestamptz,
    i_started_at    timestamptz)
returns tocsin_api.event_in[]
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.look_at_heartbeat(4)
--
--      Check whether one heartbeat is late, update its row, and return the
--      event that this requires, if any.
--
--      Before a change, lock the key and check again: a ping then either was
--      seen here, or waits and resolves the alert.  If a ping holds the key,
--      check again soon.
--
-- Parameters:
--      h               - the heartbeat; the caller has locked its row
--      i_is_enabled    - false: no pings are accepted, so its time stands still
--      i_started_at    - start of PostgreSQL: no ping was possible before, so
--                        no heartbeat is late until its grace after that
-- Locks:
--      advisory, the key heartbeat/NAME, for a change: see lock_keys
-- ----------------------------------------------------------------------
declare
    _late_soon  constant interval := interval '10 seconds';
    _events     tocsin_api.event_in[] := array[]::tocsin_api.event_in[];
    _due_at     timestamptz;
    _waits      boolean;
    _is_up      boolean;
    _is_locked  boolean; -- null: not needed yet
begin
    if not i_is_enabled then
        if h.late_since is null then
            h.armed_at := i_now;
            h.heard_at := null;
        end if;
        h.look_at := i_now + interval '1 minute';
    else
        loop
            h.heard_at := (
                select v.heard_at
                  from heard v
                 where v.integration_id = h.integration_id
                   and v.name = h.name);
            _due_at := greatest(h.heard_at, h.armed_at) + h.period + h.grace;
            _waits := h.waits and h.heard_at is null;
            _is_up := _due_at > i_now or _waits;
            exit when _is_locked or case when _is_up
                then h.late_since is null
                else h.late_since is not distinct from _due_at end;
            _is_locked := pg_try_advisory_xact_lock(1953457011, hashtext(
                h.integration_id || '/heartbeat/' || h.name));
            exit when not _is_locked;
        end loop;
        if _is_locked = false then
            h.look_at := i_now + interval '1 second';
        elsif _is_up then
            if h.late_since is not null then
                _events := heartbeat_resolve(h, h.heard_at, i_now);
            end if;
            h.late_since := null;
            -- At least once a day, since retention removes events.
            h.look_at := least(i_now + interval '24 hours',
                case when _waits then i_now + h.period + h.grace
                     else _due_at end);
        elsif h.late_since = _due_at then
            h.look_at := i_now + _late_soon;
        elsif i_now < i_started_at + h.grace then
            h.look_at := i_started_at + h.grace;
        else
            _events := array[heartbeat_create(h, h.heard_at, _due_at, i_now)];
            h.late_since := _due_at;
            h.look_at := i_now + _late_soon;
        end if;
    end if;
    update heartbeat u
       set armed_at = h.armed_at,
           heard_at = h.heard_at,
           late_since = h.late_since,
           look_at = h.look_at
     where u.integration_id = h.integration_id
       and u.name = h.name;
    return _events;
end;
$$;

comment on function tocsin_internal.look_at_heartbeat
is 'Check one heartbeat and return the event that it requires.';
