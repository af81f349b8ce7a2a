-- SPDX-License-Identifier: ISC
--
-- Every alert has an integration; a left join can be left out by the planner
-- where a query does not name it, an inner join cannot.

create or replace view tocsin.alerts as
select a.alert_id as id,
       a.integration_id,
       i.name as integration_name,
       a.external_id::text as external_id,
       a.title::text as title,
       a.status::text as status,
       a.urgency::text as urgency,
       a.incident,
       a.incident_severity::text as incident_severity,
       a.incident_message,
       a.tags,
       array_to_string(a.tags, ',') as tags_text,
       a.created_at,
       a.acknowledged_at,
       a.resolved_at,
       a.last_event_at,
       date_part('epoch', a.acknowledged_at - a.created_at) as response_seconds,
       date_part('epoch', a.resolved_at - a.acknowledged_at) as resolve_seconds,
       date_part('epoch', a.resolved_at - a.created_at) as lifetime_seconds,
       case when a.resolved_at is null
            then date_part('epoch', now() - a.created_at) end as age_seconds,
       a.duplicate_count::integer as duplicate_count,
       (select count(*)
          from tocsin_internal.event e
         where e.alert_id = a.alert_id) as event_count,
       a.resolved_at is not null and a.acknowledged_at is null
           as auto_resolved,
       a.meta::jsonb as meta,
       a.additional_data,
       a.description::text as description,
       a.flags,
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
         limit 1) as since_previous_seconds,
       -- Use only the index of alert_id: see board_events.
       case when a.duplicate_count > 0
            then (select e.title
                    from tocsin_internal.event e
                   where e.alert_id >= a.alert_id
                     and e.alert_id <= a.alert_id
                     and e.outcome = 'duplicate'
                   order by e.alert_id desc, e.received_at desc,
                         e.event_id desc
                   limit 1) end as latest_title,
       case when a.duplicate_count > 0
            then (select e.description
                    from tocsin_internal.event e
                   where e.alert_id >= a.alert_id
                     and e.alert_id <= a.alert_id
                     and e.outcome = 'duplicate'
                   order by e.alert_id desc, e.received_at desc,
                         e.event_id desc
                   limit 1) end as latest_description,
       -- Looked up for each row, but only where anybody is told of alerts.
       case when exists (select from tocsin_internal.delivery)
            then (select count(distinct d.destination_id)
                    from tocsin_internal.delivery d
                   where d.alert_id = a.alert_id
                     and d.state <> 'cancelled')
            else 0 end as told_count,
       case when exists (select from tocsin_internal.escalation)
            -- min(s.due_at) may read the index of due_at until it comes to
            -- the alert.
            then (select s.due_at
                    from tocsin_internal.escalation s
                   where s.alert_id >= a.alert_id
                     and s.alert_id <= a.alert_id
                   order by s.alert_id, s.due_at
                   limit 1) end as next_step_at
  from tocsin_internal.alert a
  left join tocsin_internal.integration i using (integration_id)
 -- Always true, and for the planner two cases, each with an index that finds
 -- alerts by integration and Id.
 where a.resolved_at is null
    or a.resolved_at is not null;

comment on view tocsin.alerts
is 'One row per alert; for live alerts open_alerts is faster, for counts of'
    ' all alerts daily.  A search in texts, by status, or by external_id'
    ' without integration_id, reads every alert: limit it by created_at.';
comment on column tocsin.alerts.id is 'Id of the alert.';
comment on column tocsin.alerts.integration_id
is 'Id of the integration that received it.';
comment on column tocsin.alerts.integration_name
is 'Name of the integration.';
comment on column tocsin.alerts.external_id
is 'Id that the sender gave the alert.';
comment on column tocsin.alerts.title is 'Title.';
comment on column tocsin.alerts.status
is 'open, acknowledged or resolved.';
comment on column tocsin.alerts.urgency
is 'silent, low, medium, high or critical.';
comment on column tocsin.alerts.incident
is 'True if the sender marked it as an incident.';
comment on column tocsin.alerts.incident_severity
is 'SEV-1 to SEV-5 or SEV-UNKNOWN; null if not an incident.';
comment on column tocsin.alerts.incident_message
is 'The sender''s message to incident responders.';
comment on column tocsin.alerts.tags is 'Tags, in the order sent.';
comment on column tocsin.alerts.tags_text is 'Tags, separated by commas.';
comment on column tocsin.alerts.created_at is 'When it was opened.';
comment on column tocsin.alerts.acknowledged_at
is 'When it was first acknowledged.';
comment on column tocsin.alerts.resolved_at is 'When it was resolved.';
comment on column tocsin.alerts.last_event_at
is 'When an event last changed or repeated it.';
comment on column tocsin.alerts.response_seconds
is 'Seconds from creation to first acknowledgement.';
comment on column tocsin.alerts.resolve_seconds
is 'Seconds from first acknowledgement to resolution;'
    ' null if never acknowledged.';
comment on column tocsin.alerts.lifetime_seconds
is 'Seconds from creation to resolution.';
comment on column tocsin.alerts.age_seconds
is 'Seconds since creation; null once resolved.';
comment on column tocsin.alerts.duplicate_count
is 'Repeated creates with this Id while it was live.';
comment on column tocsin.alerts.event_count
is 'Events in the log that refer to it.';
comment on column tocsin.alerts.auto_resolved
is 'Resolved without ever being acknowledged.';
comment on column tocsin.alerts.meta
is 'Meta as sent, without its incident members.';
comment on column tocsin.alerts.additional_data
is 'Members outside the protocol, as sent;'
    ' null unless the integration captures them.';
comment on column tocsin.alerts.description
is 'Description; may contain HTML, escape it for display.';
comment on column tocsin.alerts.flags
is 'Changes made on intake, such as truncated; hops-1 to hops-3: that number of'
    ' other tocsins forwarded it.';
comment on column tocsin.alerts.since_previous_seconds
is 'Seconds from the previous resolution of this Id to creation;'
    ' null if there was none.';
comment on column tocsin.alerts.latest_title
is 'Title of the latest create that repeated it; null if none did, or the log'
    ' no longer has it.';
comment on column tocsin.alerts.latest_description
is 'Description of the latest create that repeated it; null if none did, or'
    ' the log no longer has it.';
comment on column tocsin.alerts.told_count
is 'Number of destinations that were told of it or are being told.';
comment on column tocsin.alerts.next_step_at
is 'When its next step is due; null: none.';
