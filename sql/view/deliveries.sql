-- SPDX-License-Identifier: ISC

create or replace view tocsin.deliveries as
select w.delivery_id as id,
       coalesce(d.name, w.destination_id) as destination,
       w.destination_id,
       w.alert_id,
       a.integration_id,
       a.external_id::text as external_id,
       a.title::text as title,
       w.notice::text as notice,
       w.notice_id,
       w.urgency::text as urgency,
       w.state::text as status,
       case when w.state <> 'due' then null
            when h.held_by is not null then h.held_by
            when not h.is_open and w.urgency < d.hours_urgency then 'hours'
            when not h.is_people and exists (
                select from tocsin_internal.delivery p
                 where p.destination_id = w.destination_id
                   and p.alert_id = w.alert_id
                   and p.delivery_id < w.delivery_id
                   and array[p.state] <@ '{due, sending}') then 'order'
            when w.due_at > now() then 'retry'
            when not h.is_relayed then 'relay' end as waiting_for,
       w.reason,
       w.attempts::integer as attempts,
       w.created_at,
       w.due_at,
       w.expires_at,
       w.sent_at,
       t.status::integer as last_status,
       t.took_ms,
       left(t.excerpt, 200) as excerpt
  from tocsin_internal.delivery w
  left join tocsin_internal.destination d using (destination_id)
  left join tocsin_internal.hold h using (destination_id)
  left join tocsin_internal.alert a using (alert_id)
  left join tocsin_internal.attempt t on t.message_id = w.message_id
 order by w.created_at desc, w.delivery_id desc;

comment on view tocsin.deliveries
is 'Notices to destinations, sent or waiting, newest first.';
comment on column tocsin.deliveries.id is 'Number.';
comment on column tocsin.deliveries.destination
is 'Name of the destination; its id if it was removed.';
comment on column tocsin.deliveries.destination_id
is 'Id of the destination.';
comment on column tocsin.deliveries.alert_id
is 'Id of the alert; null: a test.';
comment on column tocsin.deliveries.integration_id
is 'Integration of the alert.';
comment on column tocsin.deliveries.external_id
is 'Id that the sender gave the alert.';
comment on column tocsin.deliveries.title is 'Title of the alert.';
comment on column tocsin.deliveries.notice
is 'created, acknowledged, resolved, escalated, reminder or test.';
comment on column tocsin.deliveries.notice_id
is 'Id that receivers see, the same at each attempt.';
comment on column tocsin.deliveries.urgency is 'Urgency of the alert.';
comment on column tocsin.deliveries.status
is 'due, sending, sent, dead or cancelled.';
comment on column tocsin.deliveries.waiting_for
is 'What keeps a due one from being sent: disabled, breaker, slow, gap,'
    ' sending, per_hour, hours, order, retry or relay; null: nothing.';
comment on column tocsin.deliveries.reason
is 'Why the last attempt failed, or why it is dead or cancelled.';
comment on column tocsin.deliveries.attempts is 'Number of attempts.';
comment on column tocsin.deliveries.created_at is 'When it was created.';
comment on column tocsin.deliveries.due_at
is 'Next attempt; if dead, the time of the last attempt or of giving up.';
comment on column tocsin.deliveries.expires_at is 'When to give up.';
comment on column tocsin.deliveries.sent_at is 'When it last arrived.';
comment on column tocsin.deliveries.last_status
is 'HTTP status, or exit status, of the last attempt; null: no answer.';
comment on column tocsin.deliveries.took_ms
is 'How long the last attempt took, in ms.';
comment on column tocsin.deliveries.excerpt
is 'The beginning of the last answer.';
