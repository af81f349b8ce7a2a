-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.destination_test(
    i_name  text)
returns bigint
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.destination_test(1)
--
--      Send a destination a test message, the way every message goes.
--
-- Parameters:
--      i_name      - its name or id
--
-- Returns:
--      number of the delivery: see delivery_show
-- Raises:
--      TO404       - there is no such destination
-- ----------------------------------------------------------------------
declare
    d       constant destination := find_destination(i_name);
    _now    constant timestamptz := clock_timestamp();
    _id     bigint;
begin
    insert into delivery (destination_id, notice, notice_id, urgency,
           created_at, due_at, expires_at)
    values (d.destination_id, 'test', make_event_id(_now,
               gen_random_uuid()::text), 'critical', _now, _now,
           _now + least(d.give_up_after, interval '1 hour'))
    returning delivery_id into _id;
    return _id;
end;
$$;

comment on function tocsin_api.destination_test
is 'Send a destination a test message.';
