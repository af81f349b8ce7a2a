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
--      Note at a destination that a message arrived.  What waits for its next
--      try there is due if the destination was broken.
--
--      People have their peace for a gap: it doubles, up to gap_max, with
--      each message that tells of several alerts, and is as set again after
--      two gaps without a message.
--
-- Parameters:
--      s           - locked by the caller
--      i_alerts    - of how many alerts the message told
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
       -- Of many in a second one is noted: each leaves a version of the row.
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
is 'Note at a destination that a message arrived.';
