-- SPDX-License-Identifier: ISC
--
-- Names of integrations need not be unique; the labels integration and
-- integration_id together are.

create or replace view tocsin.prometheus as
select s.metric,
       i.name as integration,
       s.status,
       s.value,
       i.id as integration_id,
       '' as destination
  from tocsin.integrations i
 cross join lateral (values
       ('tocsin_alerts', 'open', i.open_count::double precision),
       ('tocsin_alerts', 'acknowledged',
        i.acknowledged_count::double precision),
       ('tocsin_oldest_unacknowledged_seconds', 'open',
        date_part('epoch', now() - i.oldest_open_at)),
       ('tocsin_alerts_created_24h', '',
        i.created_24h_count::double precision),
       ('tocsin_integration_enabled', '', i.enabled::integer),
       ('tocsin_last_event_timestamp_seconds', '',
        date_part('epoch', i.last_event_at)),
       ('tocsin_mtta_7d_seconds', '', i.mtta_7d_seconds),
       ('tocsin_mttr_7d_seconds', '', i.mttr_7d_seconds))
       as s(metric, status, value)
 where s.value is not null
 union all
select m.metric,
       m.integration_name,
       '',
       m.value,
       m.integration_id,
       ''
  from tocsin_internal.tick_metric m
 union all
select m.metric,
       '',
       m.status,
       m.value,
       '',
       m.destination
  from tocsin_internal.outgoing_metric m;

comment on view tocsin.prometheus
is 'One row per sample, for exporters that turn rows into metrics.';
comment on column tocsin.prometheus.metric
is 'Name of the metric; all of them are gauges.';
comment on column tocsin.prometheus.integration
is 'Name of the integration; empty if the metric has none.';
comment on column tocsin.prometheus.status
is 'Of alerts open or acknowledged, of deliveries due, sending or dead; empty'
    ' if the metric has no status.';
comment on column tocsin.prometheus.value is 'Current value.';
comment on column tocsin.prometheus.integration_id
is 'Id of the integration; empty if the metric has none.';
comment on column tocsin.prometheus.destination
is 'Name of the destination; empty if the metric has none.';
