-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.recall_receipts(
    i_events    tocsin_api.event_in[],
    i_turn      integer[])
returns setof tocsin_api.receipt
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.recall_receipts(2)
--
--      Return the receipts that the events with turn 0 got when they were
--      applied.
-- ----------------------------------------------------------------------
    select e.event_id, e.outcome::text, e.reason, e.alert_id,
           nullif(e.to_status, 'none')::text
      from unnest(i_events) with ordinality u
      join tocsin_internal.event e using (event_id)
     where i_turn[u.ordinality::integer] = 0
$$;

comment on function tocsin_internal.recall_receipts
is 'Return the receipts of events that are already in the log.';
