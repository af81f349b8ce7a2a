-- SPDX-License-Identifier: ISC

create or replace view tocsin.events as
select e.event_id as id,
       e.received_at,
       e.integration_id,
       i.name as integration_name,
       e.alert_id,
       e.external_id,
       e.event_type::text as event_type,
       e.outcome::text as outcome,
       e.reason,
       e.from_status::text as from_status,
       e.to_status::text as to_status,
       case e.source when 'spool' then 202 when 'webhook' then 200
            when 'board' then 200 end as http_status,
       e.remote_addr,
       round(date_part('epoch', e.stored_at - e.received_at) * 1000000) / 1000
           as duration_ms,
       coalesce(e.request_id, e.event_id::text) as request_id,
       e.source::text as source,
       e.stored_at,
       e.flags
  from tocsin_internal.event e
  left join tocsin_internal.integration i using (integration_id);

comment on view tocsin.events is 'One row per accepted event.';
comment on column tocsin.events.id is 'Id of the event.';
comment on column tocsin.events.received_at is 'When it arrived.';
comment on column tocsin.events.integration_id
is 'Id of the integration that received it.';
comment on column tocsin.events.integration_name
is 'Name of the integration.';
comment on column tocsin.events.alert_id
is 'The alert it opened, changed or referred to.';
comment on column tocsin.events.external_id
is 'Id that the sender gave the alert.';
comment on column tocsin.events.event_type
is 'create, acknowledge or resolve.';
comment on column tocsin.events.outcome
is 'created, duplicate, acknowledged, resolved or ignored.';
comment on column tocsin.events.reason
is 'Why it was ignored; null if it was not.';
comment on column tocsin.events.from_status
is 'Status of the alert before the event; none if there was no alert.';
comment on column tocsin.events.to_status
is 'Status of the alert after the event; none if there is no alert.';
comment on column tocsin.events.http_status
is 'HTTP status of the reply; null if it did not arrive over HTTP.';
comment on column tocsin.events.remote_addr is 'Address of the sender.';
comment on column tocsin.events.duration_ms
is 'Milliseconds from received to stored; long for spooled events.';
comment on column tocsin.events.request_id
is 'Id of the request, or of the event if the request had none.';
comment on column tocsin.events.source
is 'webhook, spool, operator, board or timer (of tick).';
comment on column tocsin.events.stored_at
is 'When it reached the database.';
comment on column tocsin.events.flags
is 'Changes made on intake, such as truncated.';
