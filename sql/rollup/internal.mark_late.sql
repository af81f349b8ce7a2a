-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.mark_late(
    i_events    tocsin_api.event_in[])
returns void
language sql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.mark_late(1)
--
--      Have the views compute the hours and days in which the events are
--      counted, if they are rolled up.  That happens a day after their end
--      or later, so this is only called if an event is older than 18 hours;
--      the rest is for transactions that take long, and for a clock that is
--      set.
--
-- Locks:
--      see mark_stale
-- ----------------------------------------------------------------------
    select tocsin_internal.mark_alerts(
               array_agg(e.integration_id), array_agg(e.external_id),
               array_agg(e.event_id), array_agg(e.received_at))
      from unnest(i_events) e
$$;

comment on function tocsin_internal.mark_late
is 'Have views compute the hours and days of late events.';
