-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.note_result(
    i_relay     uuid,
    i_result    tocsin_internal.attempt,
    i_retry_after integer,
    i_now       timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.note_result(4)
--
--      Record the result of a message, unless the relay's lease has ended.  If
--      the destination was removed meanwhile, d and s are null, and its state
--      is not updated.
--
-- Parameters:
--      i_result    - message_id, took_ms, status, error, excerpt are set
--      the others  - as for tocsin_api.relay_done
-- Locks:
--      destination_state   - update, the row of the destination, first, as
--                            claim does
-- ----------------------------------------------------------------------
declare
    d           destination;
    s           destination_state;
    r           attempt := i_result;
    _alerts     bigint;
    _kind       destination_kind;
    _rest       constant interval := interval '1 second'
                    * least(greatest(coalesce(i_retry_after, 60), 1), 3600);
begin
    select destination_id
      into r.destination_id
      from delivery
     where message_id = r.message_id
       and leased_by = i_relay
     limit 1;
    select * into s
      from destination_state
     where destination_id = r.destination_id
       for update;
    select * into d
      from destination
     where destination_id = r.destination_id;
    -- Check the lease again, under the lock.
    select count(*), count(distinct coalesce(alert_id, notice_id)),
           coalesce(d.kind, min(removed_kind))
      into r.delivery_count, _alerts, _kind
      from delivery
     where message_id = r.message_id
       and leased_by = i_relay;
    if r.delivery_count = 0 then
        return;
    end if;

    r.at := i_now;
    r.relay_id := i_relay;
    r.verdict := judge_answer(_kind, d.format, r.status, i_retry_after,
        r.excerpt);
    r.error := case when r.verdict <> 'sent'
        then left(coalesce(r.error, 'status ' || r.status, 'no answer'), 500)
        end;
    insert into attempt select r.*;
    perform move_deliveries(r.message_id, r.verdict, _rest, r.error, i_now);
    if r.verdict = 'sent' then
        perform note_success(d, s, _alerts, i_now);
    else
        perform note_failure(s, r.verdict, _rest, r.error, i_now);
    end if;
end;
$$;

comment on function tocsin_internal.note_result
is 'Record the result of a message.';
