-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.destination_remove(
    i_name  text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.destination_remove(1)
--
--      Remove a destination: its steps and their chains end, what is due is
--      cancelled; its finished deliveries stay.  What a relay is sending is
--      sent if it arrives, and cancelled if it fails or its lease ends.
--
-- Parameters:
--      i_name      - its name or id
--
-- Raises:
--      TO404       - there is no such destination
-- Locks:
--      advisory, (1953457012, 1)   - that of tick, which would go on to plan
--                                    deliveries to a destination that it saw
--      see find_destination
-- ----------------------------------------------------------------------
declare
    d           destination;
    _reason     text;
begin
    perform plan_outbox();
    d := find_destination(i_name);
    _reason := format('destination %s was removed', d.name);
    delete from escalation e
     using step s
     where s.destination_id = d.destination_id
       and e.route_id = s.route_id
       and e.step_no = s.step_no;
    delete from step where destination_id = d.destination_id;
    update delivery
       set state = 'cancelled',
           reason = _reason
     where destination_id = d.destination_id
       and state = 'due';
    update delivery
       set removed_kind = d.kind,
           reason = _reason
     where destination_id = d.destination_id
       and state = 'sending';
    delete from destination where destination_id = d.destination_id;
end;
$$;

comment on function tocsin_api.destination_remove
is 'Remove a destination.';
