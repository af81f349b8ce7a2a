-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.note_success(
    d           tocsin_internal.destination,
    s           tocsin_internal.destination_state,
    i_alerts    bigint,
    i_now       timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.note_success(4)
--
--      Record at a destination that a message arrived.  If the destination was
--      broken, deliveries that wait for their next attempt are due at once.
--
--      For people, start the gap before the next message.  It doubles, up to
--      gap_max, with each message about several alerts, and falls back to the
--      configured gap after two gaps without a message.
--
-- Parameters:
--      s           - locked by the caller
--      i_alerts    - number of alerts in the message
-- ----------------------------------------------------------------------
declare
    _gap    interval;
begin
    if audience_of(d.kind, d.format) = 'people' then
        _gap := coalesce(s.gap_now, d.gap);
        if (i_now < s.last_sent_at + 2 * _gap) is not true then
            _gap := d.gap;
        end if;
        if i_alerts > 1 then
            _gap := least(2 * _gap, d.gap_max);
        end if;
    end if;
    update destination_state
       set failures = 0,
           broken_since = null,
           open_until = null,
           gap_now = _gap,
           rests_until = case when _gap is not null then i_now + _gap
               else rests_until end,
           rests_for = case when _gap is not null then 'gap'
               else rests_for end,
           last_sent_at = i_now
     where destination_id = s.destination_id
       -- At most once a second: each update leaves a dead row version.
       and (_gap is not null
           or (failures, broken_since, open_until) is distinct from
               (0, null, null)
           or (last_sent_at > i_now - interval '1 second') is not true);
    if s.broken_since is not null then
        update delivery
           set due_at = i_now
         where destination_id = s.destination_id
           and state = 'due'
           and due_at > i_now;
    end if;
end;
$$;

comment on function tocsin_internal.note_success
is 'Record at a destination that a message arrived.';
