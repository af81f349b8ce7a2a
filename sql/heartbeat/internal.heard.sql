-- SPDX-License-Identifier: ISC
--
-- Internal to other views and functions: when each heartbeat was last heard.
-- Reads a few index entries of the log and the alerts for each heartbeat, and
-- for one that is heard by any event also those of all live alerts (20,000 in
-- a millisecond).  A resolve either changes nothing or is the last event of an
-- alert; any other event leaves an alert live, whose row has its time (see
-- also settled).  Events of tick do not count; their source is compared as
-- text, since the migration that adds its label must not use it as a literal
-- (migrate/0003/heartbeat.sql).

create or replace view tocsin_internal.heard as
select h.integration_id,
       h.name,
       case when l.at > h.armed_at
            then greatest(l.at, h.heard_at) else h.heard_at end as heard_at
  from tocsin_internal.heartbeat h
 cross join lateral (
       select coalesce(h.heard_id, 'heartbeat/' || h.name) as external_id) x
 cross join lateral (
       select greatest(
           -- A resolve that changed nothing.  This order uses its partial
           -- index; by the primary key alone, the planner may read all later
           -- events.
           (select e.received_at
              from tocsin_internal.event e
             where h.heard_by <> 'any'
               and e.integration_id = h.integration_id
               and e.external_id = x.external_id
               and e.event_type >= 'resolve'
               and e.event_type <= 'resolve'
               and e.outcome = 'ignored'
               and e.source::text <> 'timer'
             order by e.event_type desc, e.event_id desc
             limit 1),
           -- A resolve that ended an alert; see find_alert for the range.
           (select case when h.heard_by = 'id' then r.last_event_at else (
                   select e.received_at
                     from tocsin_internal.event e
                    where e.event_id = r.resolve_id
                      and e.source::text <> 'timer') end
              from tocsin_internal.alert r
             where h.heard_by <> 'any'
               and r.external_id = x.external_id
               and r.integration_id >= h.integration_id
               and r.integration_id <= h.integration_id
               and r.resolved_at is not null
             order by r.integration_id, r.alert_id desc
             limit 1),
           -- Any event of an alert that is live.
           (select a.last_event_at
              from tocsin_internal.alert a
             where h.heard_by = 'id'
               and a.integration_id = h.integration_id
               and a.external_id = x.external_id
               and a.resolved_at is null),
           -- Any event that left no alert live ...
           (select v.received_at
              from tocsin_internal.event v
             where h.heard_by = 'any'
               and v.integration_id >= h.integration_id
               and v.integration_id <= h.integration_id
               and v.outcome in ('resolved', 'ignored')
               and v.source::text <> 'timer'
             order by v.integration_id desc, v.received_at desc
             limit 1),
           -- ... and any other, except those about heartbeats.
           (select max(a.last_event_at)
              from tocsin_internal.alert a
             where h.heard_by = 'any'
               and a.integration_id = h.integration_id
               and a.external_id not like 'heartbeat/%'
               and a.resolved_at is null)) as at
       offset 0) l; -- planned and computed only once

comment on view tocsin_internal.heard
is 'When each heartbeat was last heard.';
comment on column tocsin_internal.heard.integration_id
is 'Integration whose events are its pings.';
comment on column tocsin_internal.heard.name
is 'Its name.';
comment on column tocsin_internal.heard.heard_at
is 'When it was last heard; null: not since it was created or resumed.';
