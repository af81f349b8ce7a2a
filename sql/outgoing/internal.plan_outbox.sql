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
--      Plan all that ingest has noted: whoever changes routes, or removes a
--      destination, calls this first, so that what was committed before is
--      told as the routes were then.
--
-- Locks:
--      advisory, (1953457012, 1)   - that of tick, before any other
-- ----------------------------------------------------------------------
begin
    perform pg_advisory_xact_lock(1953457012, 1);
    while (tick_outbox(clock_timestamp(), 1000)).o_done = 1000 loop
    end loop;
end;
$$;

comment on function tocsin_internal.plan_outbox
is 'Plan all transitions that ingest has noted.';
