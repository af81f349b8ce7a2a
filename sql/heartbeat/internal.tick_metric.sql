-- SPDX-License-Identifier: ISC
--
-- Internal to the view prometheus and to tick_counts.

create or replace view tocsin_internal.tick_metric as
select 'tocsin_heartbeat_late' as metric,
       h.integration_id,
       h.integration_name,
       (count(*) filter (where h.status = 'late'))::double precision as value
  from tocsin.heartbeats h
 group by h.integration_id, h.integration_name
 union all
select 'tocsin_tick_age_seconds',
       '',
       '',
       extract(epoch from now() - t.ticked_at)::double precision
  from tocsin_internal.ticker t
 where t.ticked_at is not null;

comment on view tocsin_internal.tick_metric
is 'Metrics of heartbeats and tick, a sample per row.';
comment on column tocsin_internal.tick_metric.metric
is 'tocsin_heartbeat_late: number of late heartbeats of an integration that'
    ' has any; tocsin_tick_age_seconds: since tick was last called.';
comment on column tocsin_internal.tick_metric.integration_id
is 'Id of the integration; empty if the metric has none.';
comment on column tocsin_internal.tick_metric.integration_name
is 'Name of the integration; empty if the metric has none.';
comment on column tocsin_internal.tick_metric.value is 'Current value.';
