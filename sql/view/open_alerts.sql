-- SPDX-License-Identifier: ISC

create or replace view tocsin.open_alerts as
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
       a.last_event_at,
       date_part('epoch', a.acknowledged_at - a.created_at) as response_seconds,
       date_part('epoch', now() - a.created_at) as age_seconds,
       case when a.acknowledged_at is null
            then date_part('epoch', now() - a.created_at) end
           as unacknowledged_seconds,
       a.duplicate_count::integer as duplicate_count,
       (select count(*)
          from tocsin_internal.event e
         where e.alert_id = a.alert_id) as event_count,
       a.meta::jsonb as meta,
       a.additional_data,
       a.description::text as description,
       a.flags,
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
 where a.resolved_at is null
 order by a.acknowledged_at is not null, a.created_at, a.alert_id;

comment on view tocsin.open_alerts
is 'Alerts not yet resolved: unacknowledged first, then oldest first.';
comment on column tocsin.open_alerts.id is 'Id of the alert.';
comment on column tocsin.open_alerts.integration_id
is 'Id of the integration that received it.';
comment on column tocsin.open_alerts.integration_name
is 'Name of the integration.';
comment on column tocsin.open_alerts.external_id
is 'Id that the sender gave the alert.';
comment on column tocsin.open_alerts.title is 'Title.';
comment on column tocsin.open_alerts.status is 'open or acknowledged.';
comment on column tocsin.open_alerts.urgency
is 'silent, low, medium, high or critical.';
comment on column tocsin.open_alerts.incident
is 'True if the sender marked it as an incident.';
comment on column tocsin.open_alerts.incident_severity
is 'SEV-1 to SEV-5 or SEV-UNKNOWN; null if not an incident.';
comment on column tocsin.open_alerts.incident_message
is 'The sender''s message to incident responders.';
comment on column tocsin.open_alerts.tags is 'Tags, in the order sent.';
comment on column tocsin.open_alerts.tags_text
is 'Tags, separated by commas.';
comment on column tocsin.open_alerts.created_at is 'When it was opened.';
comment on column tocsin.open_alerts.acknowledged_at
is 'When it was first acknowledged.';
comment on column tocsin.open_alerts.last_event_at
is 'When an event last changed or repeated it.';
comment on column tocsin.open_alerts.response_seconds
is 'Seconds from creation to first acknowledgement.';
comment on column tocsin.open_alerts.age_seconds is 'Seconds since creation.';
comment on column tocsin.open_alerts.unacknowledged_seconds
is 'Seconds since creation; null once acknowledged.';
comment on column tocsin.open_alerts.duplicate_count
is 'Repeated creates with this Id since it was opened.';
comment on column tocsin.open_alerts.event_count
is 'Events in the log that refer to it; looked up for each row, so leave it'
    ' out of a query of thousands.';
comment on column tocsin.open_alerts.meta
is 'Meta as sent, without its incident members.';
comment on column tocsin.open_alerts.additional_data
is 'Members outside the protocol, as sent;'
    ' null unless the integration captures them.';
comment on column tocsin.open_alerts.description
is 'Description; may contain HTML, escape it for display.';
comment on column tocsin.open_alerts.flags
is 'Changes made on intake, such as truncated.';
comment on column tocsin.open_alerts.told_count
is 'Number of destinations that were told of it or are being told; looked up'
    ' for each row, like event_count.';
comment on column tocsin.open_alerts.next_step_at
is 'When its next step is due; null: none.';
