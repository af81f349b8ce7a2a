-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.outgoing_counts()
returns table (
    metric  text,
    label   text,
    value   double precision)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.outgoing_counts(0)
--
--      Return the metrics of tocsin_internal.outgoing_metric, for the
--      responder and the operator.
--
-- Returns:
--      label   - a state of deliveries or the name of a destination; empty if
--                the metric has none
-- ----------------------------------------------------------------------
    select m.metric, m.status || m.destination, m.value
      from outgoing_metric m
     order by m.metric, m.status, m.destination
$$;

comment on function tocsin_api.outgoing_counts
is 'Return the metrics of deliveries, destinations and relays.';
