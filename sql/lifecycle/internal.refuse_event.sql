-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.refuse_event(
    i_event_id  uuid,
    i_refusal   tocsin_internal.outcome)
returns tocsin_internal.outcome
language plpgsql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.refuse_event(2)
--
--      Return i_refusal, unless the event is in the log: an event that was
--      once accepted is not refused when it is retried, whatever happened
--      to the integration or its token since.
--
-- Raises:
--      23505           - the event is already in the log
-- ----------------------------------------------------------------------
begin
    if exists (
        select from tocsin_internal.event
         where event_id = i_event_id)
    then
        raise exception using errcode = '23505',
            message = format('event %s is already in the log', i_event_id),
            hint = 'Its receipt is returned by recall_receipts.';
    end if;
    return i_refusal;
end;
$$;

comment on function tocsin_internal.refuse_event
is 'Refuse an event unless it was already accepted.';
