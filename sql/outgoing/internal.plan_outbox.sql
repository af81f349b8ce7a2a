-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.plan_outbox()
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.plan_outbox(0)
--
--      Plan all transitions in the outbox.  A function that changes routes or
--      removes a destination calls this first, so that earlier transitions
--      follow the routes as they were.
--
-- Locks:
--      advisory, (1953457012, 1)   - the lock of tick, before any other
-- ----------------------------------------------------------------------
begin
    perform pg_advisory_xact_lock(1953457012, 1);
    while (tick_outbox(clock_timestamp(), 1000)).o_done = 1000 loop
    end loop;
end;
$$;

comment on function tocsin_internal.plan_outbox
is 'Plan all transitions in the outbox.';
