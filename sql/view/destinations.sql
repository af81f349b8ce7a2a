-- SPDX-License-Identifier: ISC

create or replace view tocsin.destinations as
select d.destination_id as id,
       d.name,
       d.kind::text as kind,
       d.format,
       d.enabled,
       s.disabled_reason,
       h.held_by as waiting_for,
       s.broken_since,
       s.last_sent_at,
       s.last_error,
       s.last_error_at,
       w.waiting_count,
       w.oldest_due_at,
       d.created_at
  from tocsin_internal.destination d
  join tocsin_internal.destination_state s using (destination_id)
  join tocsin_internal.hold h using (destination_id)
 cross join lateral (
       -- From the low-water marks on: index entries before them are of finished
       -- deliveries, left while an old snapshot is held.
       select count(*) as waiting_count,
              min(v.created_at) as oldest_due_at
         from (
              select created_at
                from tocsin_internal.delivery
               where destination_id = d.destination_id
                 and state = 'due'
                 and due_at >= s.due_from
               union all
              select created_at
                from tocsin_internal.delivery
               where destination_id = d.destination_id
                 and state = 'sending'
                 and leased_until >= s.leased_from) v) w
 order by d.name;

comment on view tocsin.destinations
is 'Destinations of notifications and their state, by name.';
comment on column tocsin.destinations.id is 'Id.';
comment on column tocsin.destinations.name is 'Name.';
comment on column tocsin.destinations.kind is 'webhook, mail or command.';
comment on column tocsin.destinations.format
is 'Format of its messages; null unless a webhook.';
comment on column tocsin.destinations.enabled
is 'False: what is due waits.';
comment on column tocsin.destinations.disabled_reason
is 'Why tocsin disabled it; null if it did not.';
comment on column tocsin.destinations.waiting_for
is 'Why nothing is sent at the moment: disabled, breaker, slow, gap, sending'
    ' or per_hour; null: nothing holds it back.';
comment on column tocsin.destinations.broken_since
is 'Since when it is broken; null: it works.';
comment on column tocsin.destinations.last_sent_at
is 'When a message last arrived.';
comment on column tocsin.destinations.last_error
is 'Error of the last failure.';
comment on column tocsin.destinations.last_error_at
is 'When the last failure was.';
comment on column tocsin.destinations.waiting_count
is 'Number of deliveries that are due or being sent.';
comment on column tocsin.destinations.oldest_due_at
is 'When the oldest of these was created.';
comment on column tocsin.destinations.created_at is 'When it was created.';
