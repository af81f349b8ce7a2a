-- SPDX-License-Identifier: ISC
--
-- Internal to the view prometheus and to outgoing_counts.  States are counted
-- separately, so that each count reads only the index of its state; due in the
-- words of delivery_expires_at_idx, which is the smallest.

create or replace view tocsin_internal.outgoing_metric as
select m.metric,
       m.status,
       m.destination,
       m.value
  from (
       select 'tocsin_outbox_oldest_seconds' as metric,
              '' as status,
              '' as destination,
              coalesce((
                  select extract(epoch from now() - e.received_at)
                    from tocsin_internal.outbox o
                    join tocsin_internal.event e using (event_id)
                   order by o.outbox_id
                   limit 1), 0)::double precision as value
        union all
       select 'tocsin_deliveries' as metric,
              'due' as status,
              '' as destination,
              count(*) as value
         from tocsin_internal.delivery
        where array[state] = '{due}'
        union all
       select 'tocsin_deliveries' as metric,
              'sending' as status,
              '' as destination,
              count(*) as value
         from tocsin_internal.delivery
        where state = 'sending'
        union all
       select 'tocsin_deliveries' as metric,
              'dead' as status,
              '' as destination,
              count(*) as value
         from tocsin_internal.delivery
        where state = 'dead'
        union all
       select 'tocsin_oldest_due_delivery_seconds' as metric,
              '' as status,
              '' as destination,
              coalesce(extract(epoch from now() - min(d.created_at)), 0)
                  as value
         -- Not by created_at, whose index has finished deliveries first.
         from (select created_at
                 from tocsin_internal.delivery
                where array[state] = '{due}'
               offset 0) d
        union all
       select 'tocsin_destination_broken' as metric,
              '' as status,
              d.name as destination,
              (s.broken_since is not null)::integer as value
         from tocsin_internal.destination d
         join tocsin_internal.destination_state s using (destination_id)
        union all
       select 'tocsin_relay_seen_timestamp_seconds' as metric,
              '' as status,
              '' as destination,
              extract(epoch from max(seen_at)) as value
         from tocsin_internal.relay
       having max(seen_at) is not null) m
 where exists (select from tocsin_internal.destination);

comment on view tocsin_internal.outgoing_metric
is 'Metrics of deliveries, a sample per row; none while there are no'
    ' destinations.';
comment on column tocsin_internal.outgoing_metric.metric
is 'Name of the metric.  tocsin_outbox_oldest_seconds: age of the oldest'
    ' transition that tick has not planned; tocsin_deliveries: number of'
    ' deliveries in a state; tocsin_oldest_due_delivery_seconds: since the'
    ' oldest that is due became so; tocsin_destination_broken: 1 if a'
    ' destination is; tocsin_relay_seen_timestamp_seconds: when a relay last'
    ' called.';
comment on column tocsin_internal.outgoing_metric.status
is 'State of the deliveries; empty if the metric has none.';
comment on column tocsin_internal.outgoing_metric.destination
is 'Name of the destination; empty if the metric has none.';
comment on column tocsin_internal.outgoing_metric.value is 'Current value.';
