-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.note_failure(
    s           tocsin_internal.destination_state,
    i_verdict   tocsin_internal.answer_verdict,
    i_rest      interval,
    i_error     text,
    i_now       timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.note_failure(5)
--
--      Record at a destination that a message failed.  Three failures in a row
--      open its breaker for 30 seconds; each further failure doubles that, up
--      to 10 minutes.  Messages that were being sent when it opened do not
--      count.  The verdicts refuse and slow show that the destination works,
--      and close the breaker.
--
-- Parameters:
--      s           - locked by the caller
--      the others  - as for move_deliveries
-- ----------------------------------------------------------------------
declare
    _failures   constant integer := s.failures + 1;
begin
    if i_verdict = 'gone' then
        update destination
           set enabled = false
         where destination_id = s.destination_id;
        update destination_state
           set broken_since = coalesce(broken_since, i_now),
               disabled_reason = coalesce(i_error, 'gone')
         where destination_id = s.destination_id;
    elsif i_verdict in ('slow', 'refuse') then
        update destination_state
           set failures = 0,
               broken_since = null,
               open_until = null
         where destination_id = s.destination_id;
    elsif (s.open_until > i_now) is not true then
        update destination_state
           set failures = _failures,
               broken_since = case when _failures >= 3
                   then coalesce(broken_since, i_now) end,
               open_until = case when _failures >= 3
                   then i_now + least(interval '10 minutes',
                       interval '30 seconds' * 2 ^ least(_failures - 3, 5))
                   end
         where destination_id = s.destination_id;
    end if;
    update destination_state
       set rests_until = case when i_verdict = 'slow' then i_now + i_rest
               when rests_for = 'sending' then i_now
               else rests_until end,
           rests_for = case when i_verdict = 'slow' then 'slow'
               else rests_for end,
           last_error = i_error,
           last_error_at = i_now
     where destination_id = s.destination_id;
end;
$$;

comment on function tocsin_internal.note_failure
is 'Record at a destination that a message failed.';
