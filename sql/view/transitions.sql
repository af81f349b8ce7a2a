-- SPDX-License-Identifier: ISC

create or replace view tocsin.transitions as
select e.received_at as at,
       e.alert_id,
       i.name as integration_name,
       -- A create may have found the previous, resolved alert of its Id.
       case e.outcome when 'created' then 'none'
            else e.from_status::text end as from_status,
       e.to_status::text as to_status,
       e.event_id,
       e.source::text as source,
       e.integration_id,
       e.external_id
  from tocsin_internal.event e
  left join tocsin_internal.integration i using (integration_id)
 where e.outcome in ('created', 'acknowledged', 'resolved');

comment on view tocsin.transitions
is 'One row per change of an alert''s status that is still in the log.';
comment on column tocsin.transitions.at
is 'When the event that caused it was received.';
comment on column tocsin.transitions.alert_id is 'The alert.';
comment on column tocsin.transitions.integration_name
is 'Name of the integration.';
comment on column tocsin.transitions.from_status
is 'Status before; none if the event opened the alert.';
comment on column tocsin.transitions.to_status
is 'Status after; resolved at once if the alert''s resolve, through another'
    ' host, was stored before its create.';
comment on column tocsin.transitions.event_id
is 'The event that caused it.';
comment on column tocsin.transitions.source
is 'webhook, spool, operator, board or timer (of tick).';
comment on column tocsin.transitions.integration_id
is 'Id of the integration.';
comment on column tocsin.transitions.external_id
is 'Id that the sender gave the alert.';
