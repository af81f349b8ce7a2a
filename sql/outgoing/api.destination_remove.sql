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
--      Remove a destination and its steps, and cancel its deliveries that are
--      due; finished ones stay.  One that a relay is sending counts as sent if
--      it arrives, and is cancelled if it fails or its lease ends.
--
-- Parameters:
--      i_name      - its name or id
--
-- Raises:
--      TO404       - there is no such destination
-- Locks:
--      advisory, (1953457012, 1)   - the lock of tick, which could otherwise
--                                    plan deliveries to this destination
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
