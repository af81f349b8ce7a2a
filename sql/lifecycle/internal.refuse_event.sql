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
--      Give i_refusal back, unless the event is in the log: what was once
--      accepted is not refused at a second try, whatever has become of
--      the integration or its token meanwhile.
--
-- Raises:
--      23505           - the event is in the log already
-- ----------------------------------------------------------------------
begin
    if exists (
        select from tocsin_internal.event
         where event_id = i_event_id)
    then
        raise exception using errcode = '23505',
            message = format('event %s is in the log already', i_event_id),
            hint = 'It has a receipt: see recall_receipts.';
    end if;
    return i_refusal;
end;
$$;

comment on function tocsin_internal.refuse_event
is 'Refuse an event, unless it was accepted before.';
