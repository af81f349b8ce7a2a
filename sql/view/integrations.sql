-- SPDX-License-Identifier: ISC

create or replace view tocsin.integrations as
select i.integration_id as id,
       i.name,
       i.enabled,
       i.token_hash is not null as has_token,
       i.capture_additional_data,
       coalesce(l.open_count, 0) as open_count,
       coalesce(l.acknowledged_count, 0) as acknowledged_count,
       coalesce(w.created_24h_count, 0) as created_24h_count,
       e.last_event_at,
       date_part('epoch', now() - e.last_event_at) as silent_seconds,
       w.mtta_7d_seconds,
       w.mttr_7d_seconds,
       l.oldest_open_at,
       i.dialect,
       i.wrapper_key
  from tocsin_internal.integration i
  left join tocsin_internal.live l using (integration_id)
  join tocsin_internal.settled s using (integration_id)
  left join lateral (
       select greatest(l.last_event_at, s.last_event_at)
           as last_event_at) e on true
  left join (
       select a.integration_id,
              count(*) filter (
                  where a.created_at >= now() - interval '24 hours')
                  as created_24h_count,
              avg(date_part('epoch', a.acknowledged_at - a.created_at))
                  as mtta_7d_seconds,
              avg(date_part('epoch', a.resolved_at - a.created_at))
                  as mttr_7d_seconds
         from tocsin_internal.alert a
        where a.created_at >= now() - interval '7 days'
          and a.created_at < 'infinity' -- see board_hours
        group by a.integration_id) w using (integration_id);

comment on view tocsin.integrations is 'One row per integration.';
comment on column tocsin.integrations.id is 'Id, as in the URL.';
comment on column tocsin.integrations.name is 'Display name.';
comment on column tocsin.integrations.enabled
is 'False if its webhooks are refused.';
comment on column tocsin.integrations.has_token
is 'True if senders must send a token.';
comment on column tocsin.integrations.capture_additional_data
is 'True if members outside the protocol are kept.';
comment on column tocsin.integrations.open_count
is 'Live alerts that are not acknowledged.';
comment on column tocsin.integrations.acknowledged_count
is 'Live alerts that are acknowledged.';
comment on column tocsin.integrations.created_24h_count
is 'Alerts opened in the last 24 hours.';
comment on column tocsin.integrations.last_event_at
is 'When its last event arrived.';
comment on column tocsin.integrations.silent_seconds
is 'Seconds since its last event.';
comment on column tocsin.integrations.mtta_7d_seconds
is 'Mean time to acknowledge, in seconds, over the acknowledged alerts'
    ' opened in the last 7 days.';
comment on column tocsin.integrations.mttr_7d_seconds
is 'Mean time to resolve, in seconds, over the resolved alerts'
    ' opened in the last 7 days.';
comment on column tocsin.integrations.oldest_open_at
is 'When the oldest unacknowledged live alert was opened.';
comment on column tocsin.integrations.dialect
is 'Dialect of its sender, as a label; the URL decides what is read.';
comment on column tocsin.integrations.wrapper_key
is 'JSON pointer to the member of a body that holds the event.';
