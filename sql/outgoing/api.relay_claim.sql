-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.relay_claim(
    i_relay uuid,
    i_room  integer)
returns setof tocsin_api.job
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.relay_claim(2)
--
--      Return messages that are due, for this relay to send.  It must report
--      each with relay_done before its lease ends: after the destination's
--      timeout, or 30 seconds if that is longer, plus 30 seconds.  Each call
--      also records that the relay is alive.
--
-- Parameters:
--      i_room      - maximum number of messages; 0: none
-- Returns:
--      messages; fewer than i_room does not mean that no more are due
-- Raises:
--      TO404       - the relay has not called relay_hello
-- Locks:
--      see tocsin_internal.claim
-- ----------------------------------------------------------------------
declare
    _now    constant timestamptz := clock_timestamp();
begin
    perform meet_relay(i_relay, _now);
    return query select * from claim(i_relay, i_room, _now);
end;
$$;

comment on function tocsin_api.relay_claim
is 'Return messages for a relay to send.';
