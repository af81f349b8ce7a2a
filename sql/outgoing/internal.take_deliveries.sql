-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.take_deliveries(5)
--
--      Lease deliveries that are due at a destination to a relay, as messages.
--      The caller holds the lock of s.
--
--      People get one message with all that waits, including what waits for its
--      next attempt.  Machines get a message for each delivery that is the
--      first of its alert, in_flight_max at a time.  After a breaker was open,
--      one message is tried.
--
--      Reads in the order of delivery_due_idx and stops when it has enough.
--      The planner underestimates how many deliveries are the first of their
--      alert, and would read and sort all that waits.
--
-- Parameters:
--      i_room      - maximum number of messages
-- Returns:
--      ids of the messages
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.take_deliveries(
    d           tocsin_internal.destination,
    s           tocsin_internal.destination_state,
    i_relay     uuid,
    i_room      integer,
    i_now       timestamptz)
returns setof uuid
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
    _is_open    constant boolean := is_open(d, i_now);
    _until      constant timestamptz := i_now + interval '30 seconds'
                    + greatest(d.timeout, interval '30 seconds');
    _message    constant uuid := gen_random_uuid();
    _room       bigint;
    _ids        bigint[];
begin
    if audience_of(d.kind, d.format) = 'people' then
        -- Sessions with an older snapshot see this, since claim locks the row.
        update destination_state
           set rests_until = _until,
               rests_for = 'sending'
         where destination_id = d.destination_id;
        update delivery
           set state = 'sending',
               attempts = attempts + 1,
               message_id = _message,
               leased_by = i_relay,
               leased_until = _until
         where delivery_id = any (array(
               select w.delivery_id
                 from delivery w
                where w.destination_id = d.destination_id
                  and w.state = 'due'
                  and w.due_at >= s.due_from
                  and (_is_open or w.urgency >= d.hours_urgency)
                order by w.due_at, w.delivery_id
                limit 5000))
           -- As text, to use no partial index: see delivery_message_id_idx.
           and state::text = 'due';
        if found then
            return next _message;
        end if;
        return;
    end if;

    select case when s.open_until is null then d.in_flight_max else 1 end
               - count(*)
      into _room
      from delivery
     where destination_id = d.destination_id
       and state = 'sending'
       and leased_until >= s.leased_from;
    _ids := array(
        select w.delivery_id
          from delivery w
         where w.destination_id = d.destination_id
           and w.state = 'due'
           and w.due_at >= s.due_from
           and w.due_at <= i_now
           and (_is_open or w.urgency >= d.hours_urgency)
           -- A subquery: an anti join may read all that waits.
           and (w.alert_id is null or w.delivery_id = (
               select min(p.delivery_id)
                 from delivery p
                where p.destination_id = w.destination_id
                  and p.alert_id = w.alert_id
                  and array[p.state] <@ '{due, sending}'))
         order by w.due_at, w.delivery_id
         limit greatest(least(_room, i_room), 0));
    return query
        update delivery
           set state = 'sending',
               attempts = attempts + 1,
               message_id = gen_random_uuid(),
               leased_by = i_relay,
               leased_until = _until
         where delivery_id = any (_ids)
           and state::text = 'due'
        returning message_id;
end;
$$;

comment on function tocsin_internal.take_deliveries
is 'Lease deliveries that are due at a destination to a relay.';
