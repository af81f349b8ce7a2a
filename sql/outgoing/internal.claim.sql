-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.claim(
    i_relay uuid,
    i_room  integer,
    i_now   timestamptz)
returns setof tocsin_api.job
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.claim(3)
--
--      Lease messages that are due to a relay and return them.  Destinations
--      that got a message longest ago come first, and each gets as much as its
--      limits allow: see held_by and take_deliveries.
--
--      Uses indexes only: the partial indexes of waiting deliveries may be
--      bloated though nearly empty, and the planner would then prefer to scan
--      the whole table.
--
--      A message that cannot be rendered is dead at once, with the error.
--
-- Parameters:
--      i_room      - maximum number of messages
-- Locks:
--      destination_state   - update, the rows of up to 16 destinations; rows
--                            that others have locked are skipped
-- ----------------------------------------------------------------------
declare
    _place      record;
    _message    uuid;
    _room       integer := i_room;
begin
    if i_room <= 0 then
        return;
    end if;
    for _place in
        select d, s
          from destination_state s
          join destination d on d.destination_id = s.destination_id
         where held_by(d, s, i_now) is null
           and has_due(d, s, i_now, i_now)
           and d.in_flight_max > (
               select count(*)
                 from delivery w
                where w.destination_id = s.destination_id
                  and w.state = 'sending'
                  and w.leased_until >= s.leased_from)
         order by s.last_sent_at nulls first, s.destination_id
         limit 16
           for update of s skip locked
    loop
        for _message in
            select *
              from take_deliveries(_place.d, _place.s, i_relay, _room, i_now)
        loop
            _room := _room - 1;
            begin
                return next make_job(_place.d, _message, i_now);
            exception when others then
                update delivery
                   set state = 'dead',
                       reason = format('cannot be rendered: %s %s', sqlstate,
                           sqlerrm),
                       due_at = i_now,
                       leased_by = null,
                       leased_until = null
                 where message_id = _message
                   and leased_by is not null;
                update destination_state
                   set rests_until = i_now
                 where destination_id = (_place.d).destination_id
                   and rests_for = 'sending';
            end;
        end loop;
        exit when _room <= 0;
    end loop;
end;
$$;

comment on function tocsin_internal.claim
is 'Lease messages that are due to a relay.';
