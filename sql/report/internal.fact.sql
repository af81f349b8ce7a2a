-- SPDX-License-Identifier: ISC
--
-- For other views, not for people: alerts and events side by side, each at
-- the time it counts.  A condition on that time goes by index.

create or replace view tocsin_internal.fact as
select a.created_at as at,
       a.integration_id,
       a.alert_id,
       null::uuid as event_id,
       a.duplicate_count,
       extract(epoch from a.acknowledged_at - a.created_at)
           ::double precision as response_seconds,
       extract(epoch from a.resolved_at - a.created_at)
           ::double precision as lifetime_seconds,
       case when a.resolved_at is not null
            then extract(epoch from coalesce(a.acknowledged_at,
                a.resolved_at) - a.created_at)
                ::double precision end as closed_seconds,
       a.resolved_at is not null and a.acknowledged_at is null
           as auto_resolved,
       -- By the index of resolved alerts alone: see find_alert.
       (select greatest(0, extract(epoch from a.created_at - p.resolved_at))
               ::double precision
          from tocsin_internal.alert p
         where p.integration_id = a.integration_id
           and p.external_id between a.external_id and a.external_id
           and p.resolved_at is not null
           and p.alert_id < a.alert_id
         order by p.external_id, p.alert_id desc
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
is 'Alerts and events, at the time by which they are counted.';
comment on column tocsin_internal.fact.at
is 'When the alert was created or the event received.';
comment on column tocsin_internal.fact.integration_id
is 'The integration.';
comment on column tocsin_internal.fact.alert_id
is 'The alert; null: an event.';
comment on column tocsin_internal.fact.event_id
is 'The event; null, and so is all that follows but one: an alert.';
comment on column tocsin_internal.fact.duplicate_count
is 'Further creates while the alert was live.';
comment on column tocsin_internal.fact.response_seconds
is 'From created to first acknowledged.';
comment on column tocsin_internal.fact.lifetime_seconds
is 'From created to resolved.';
comment on column tocsin_internal.fact.closed_seconds
is 'From created to acknowledged, else to resolved, of a resolved alert.';
comment on column tocsin_internal.fact.auto_resolved
is 'Resolved and never acknowledged.';
comment on column tocsin_internal.fact.since_previous_seconds
is 'From the last resolution of this Id to the creation.';
