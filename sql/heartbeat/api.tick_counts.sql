-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.tick_counts()
returns table (
    metric              text,
    integration_id      text,
    integration_name    text,
    value               double precision)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.tick_counts(0)
--
--      Return the metrics of tocsin_internal.tick_metric, for the responder.
-- ----------------------------------------------------------------------
    select m.metric, m.integration_id, m.integration_name, m.value
      from tick_metric m
     order by m.metric, m.integration_name, m.integration_id
$$;

comment on function tocsin_api.tick_counts
is 'Return the metrics of heartbeats and tick.';
