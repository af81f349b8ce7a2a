-- SPDX-License-Identifier: ISC
--
-- The current results of held_by and is_open, for the views, whose readers may
-- not call functions.

create or replace view tocsin_internal.hold as
select d.destination_id,
       case when not d.enabled then 'disabled'
            when s.open_until > now() then 'breaker'
            when s.rests_until > now() then s.rests_for
            when d.per_hour is not null and exists (
                select
                  from tocsin_internal.attempt a
                 where a.destination_id = d.destination_id
                   and a.at > now() - interval '1 hour'
                 order by a.at
                offset d.per_hour - 1)
            then 'per_hour' end as held_by,
       d.hours_from is null
           or clock.at::time >= d.hours_from
               and (clock.at::time < d.hours_to or d.hours_to < d.hours_from)
               and coalesce(extract(isodow from clock.at)
                   = any (d.hours_days), true)
           or clock.at::time < d.hours_to
               and d.hours_to < d.hours_from
               and coalesce(extract(isodow from clock.at - interval '1 day')
                   = any (d.hours_days), true) as is_open,
       d.kind = 'mail'
           or exists (
               select from tocsin_internal.format f
                where f.name = d.format
                  and f.audience = 'people') as is_people,
       exists (
           select from tocsin_internal.relay
            where seen_at > now() - interval '2 minutes') as is_relayed
  from tocsin_internal.destination d
  join tocsin_internal.destination_state s
    on s.destination_id = d.destination_id
 cross join lateral (
       select now() at time zone d.hours_zone as at) clock;

comment on view tocsin_internal.hold
is 'What holds back messages to each destination at the moment.';
comment on column tocsin_internal.hold.destination_id is 'The destination.';
comment on column tocsin_internal.hold.held_by
is 'What tocsin_internal.held_by returns.';
comment on column tocsin_internal.hold.is_open
is 'What tocsin_internal.is_open returns.';
comment on column tocsin_internal.hold.is_people
is 'True if its audience is people, not machines.';
comment on column tocsin_internal.hold.is_relayed
is 'True if a relay was seen in the last 2 minutes.';
