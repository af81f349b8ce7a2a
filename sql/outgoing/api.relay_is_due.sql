-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.relay_is_due()
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.relay_is_due(0)
--
--      Return whether a relay would find work now: transitions that no tick
--      has planned, or a delivery that claim would lease.  For responders that
--      start relays.
-- ----------------------------------------------------------------------
    select exists (select from outbox)
        or exists (
           select
             from destination_state s
             join destination d on d.destination_id = s.destination_id
            cross join clock_timestamp() t(now)
            where held_by(d, s, t.now) is null
              and has_due(d, s, t.now, t.now))
$$;

comment on function tocsin_api.relay_is_due
is 'Return whether a relay would find work.';
