-- SPDX-License-Identifier: ISC
--
-- late follows the clock, even if tick was not called; but as in tick, time in
-- which PostgreSQL was down does not count.

create or replace view tocsin.heartbeats as
select h.integration_id,
       i.name as integration_name,
       h.name,
       case when h.paused_at is not null or not i.enabled then 'paused'
            when now() >= d.due_at
                and (h.late_since is not null
                    or now() >= pg_postmaster_start_time() + h.grace)
                then 'late'
            when v.heard_at is null then 'new'
            when now() < v.heard_at + h.period then 'up'
            else 'grace' end as status,
       h.heard_by,
       h.heard_id,
       extract(epoch from h.period)::double precision as period_seconds,
       extract(epoch from h.grace)::double precision as grace_seconds,
       h.urgency::text as urgency,
       h.tags,
       v.heard_at,
       d.due_at,
       h.paused_at,
       h.created_at,
       'heartbeat/' || h.name as external_id
  from tocsin_internal.heartbeat h
  join tocsin_internal.integration i using (integration_id)
  join tocsin_internal.heard v
    on v.integration_id = h.integration_id
   and v.name = h.name
 cross join lateral (
       select case when h.paused_at is null and i.enabled
                       and not (h.waits and v.heard_at is null)
                   then greatest(v.heard_at, h.armed_at) + h.period + h.grace
                   end as due_at) d;

comment on view tocsin.heartbeats is 'One row per heartbeat.';
comment on column tocsin.heartbeats.integration_id
is 'Id of the integration whose events are its pings.';
comment on column tocsin.heartbeats.integration_name
is 'Name of the integration.';
comment on column tocsin.heartbeats.name
is 'Its name, unique in the integration.';
comment on column tocsin.heartbeats.status
is 'new: not heard yet; up; grace: heard, but not in the last period; late;'
    ' paused, also by a disabled integration.';
comment on column tocsin.heartbeats.heard_by
is 'Which events count: ping, id or any.';
comment on column tocsin.heartbeats.heard_id
is 'Their Id; null unless heard_by is id.';
comment on column tocsin.heartbeats.period_seconds
is 'Longest expected time between two pings.';
comment on column tocsin.heartbeats.grace_seconds
is 'Time after the period before it is late.';
comment on column tocsin.heartbeats.urgency is 'Urgency of its alerts.';
comment on column tocsin.heartbeats.tags is 'Tags of its alerts.';
comment on column tocsin.heartbeats.heard_at
is 'When it was last heard; null: not since it was created or resumed.';
comment on column tocsin.heartbeats.due_at
is 'Deadline of the next ping, or that it missed; null while it waits to be'
    ' heard first, or is paused.';
comment on column tocsin.heartbeats.paused_at
is 'Since when it is paused; null if it is not.';
comment on column tocsin.heartbeats.created_at is 'When it was created.';
comment on column tocsin.heartbeats.external_id is 'Id of its alerts.';
