-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.move_deliveries(
    i_message   uuid,
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
-- Function: tocsin_internal.move_deliveries(5)
--
--      Set the next state of the deliveries that a message carried, by its
--      verdict: sent; cancelled if the destination was removed; dead if refused
--      three times or expired; else due again.
--
-- Parameters:
--      i_rest      - how long the destination pauses if the verdict is slow,
--                    which does not count as an attempt
-- ----------------------------------------------------------------------
begin
    update delivery w
       set state = n.state,
           reason = case n.state when 'sent' then null
               when 'cancelled' then w.reason || ': ' || i_error
               else i_error end,
           attempts = w.attempts - (i_verdict = 'slow')::integer,
           due_at = case when n.state = 'due' then i_now + n.pause
                         else w.due_at end,
           sent_at = case when n.state = 'sent' then i_now
                          else w.sent_at end,
           leased_by = null,
           leased_until = null
      from (
           select p.delivery_id, p.pause,
                  case when i_verdict = 'sent' then 'sent'
                       when p.removed_kind is not null then 'cancelled'
                       when p.pause is null
                           or p.expires_at <= i_now then 'dead'
                       else 'due' end::delivery_state as state
             from (
                  select delivery_id, expires_at, removed_kind,
                         case i_verdict when 'slow' then i_rest
                              else retry_pause(i_verdict, attempts) end
                             as pause
                    from delivery
                   where message_id = i_message
                     and leased_by is not null) p) n
     where w.delivery_id = n.delivery_id;
end;
$$;

comment on function tocsin_internal.move_deliveries
is 'Set the next state of the deliveries that a message carried.';
