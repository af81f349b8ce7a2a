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
--      each with relay_done within the lease: the longest time for a request,
--      or 30 seconds if that is more, and 30 seconds.  Each call also tells
--      that the relay runs.
--
-- Parameters:
--      i_room      - number of messages at most; 0: none
-- Returns:
--      messages, fewer than i_room also if more will be due in a moment
-- Raises:
--      TO404       - the relay has not said hello
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
