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
--      Return whether a relay would find something to do now: transitions
--      that no tick has planned, or a delivery that claim would lease.  For
--      responders that start relays.
-- ----------------------------------------------------------------------
    select exists (select from outbox)
        or exists (
           select
             from destination_state s
             join destination d on d.destination_id = s.destination_id
            where held_by(d, s, clock_timestamp()) is null
              and exists (
                  select
                    from delivery w
                   where w.destination_id = s.destination_id
                     and w.state = 'due'
                     and w.due_at <= clock_timestamp()
                     and (w.urgency >= d.hours_urgency
                          or is_open(d, clock_timestamp()))))
$$;

comment on function tocsin_api.relay_is_due
is 'Return whether a relay would find something to do.';
