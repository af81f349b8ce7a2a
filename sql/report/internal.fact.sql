-- SPDX-License-Identifier: ISC
--
-- Internal to other views: the union of alerts and events, each at the time
-- by which it is counted.  A condition on that time uses an index.

create or replace view tocsin_internal.fact as
select a.created_at as at,
       a.integration_id,
       a.alert_id,
       null::uuid as event_id,
       a.duplicate_count::integer as duplicate_count,
       date_part('epoch', a.acknowledged_at - a.created_at) as response_seconds,
       date_part('epoch', a.resolved_at - a.created_at) as lifetime_seconds,
       case when a.resolved_at is not null
            then date_part('epoch', coalesce(a.acknowledged_at,
                a.resolved_at) - a.created_at) end as closed_seconds,
       a.resolved_at is not null and a.acknowledged_at is null
           as auto_resolved,
       -- Uses only the index of resolved alerts: see find_alert.
       (select greatest(0, date_part('epoch',
                   a.created_at - p.resolved_at))
          from tocsin_internal.alert p
         where p.external_id = a.external_id
           and p.integration_id between a.integration_id
               and a.integration_id
           and p.resolved_at is not null
           and p.alert_id < a.alert_id
         order by p.integration_id, p.alert_id desc
         limit 1) as since_previous_seconds
  from tocsin_internal.alert a
 union all
select e.received_at,
       e.integration_id,
       null,
       e.event_id,
       null,
       null,
       null,
       null,
       null,
       null
  from tocsin_internal.event e;

comment on view tocsin_internal.fact
is 'Alerts and events, each at the time by which it is counted.';
comment on column tocsin_internal.fact.at
is 'When the alert was created or the event received.';
comment on column tocsin_internal.fact.integration_id
is 'The integration.';
comment on column tocsin_internal.fact.alert_id
is 'The alert; null in the row of an event.';
comment on column tocsin_internal.fact.event_id
is 'The event; null in the row of an alert.';
comment on column tocsin_internal.fact.duplicate_count
is 'Repeated creates while the alert was live; null for an event,'
    ' like the columns below.';
comment on column tocsin_internal.fact.response_seconds
is 'Seconds from creation to first acknowledgement.';
comment on column tocsin_internal.fact.lifetime_seconds
is 'Seconds from creation to resolution.';
comment on column tocsin_internal.fact.closed_seconds
is 'Seconds from creation to acknowledgement, or to resolution if there was'
    ' none; null unless resolved.';
comment on column tocsin_internal.fact.auto_resolved
is 'Resolved without ever being acknowledged.';
comment on column tocsin_internal.fact.since_previous_seconds
is 'Seconds from the previous resolution of this Id to creation.';
