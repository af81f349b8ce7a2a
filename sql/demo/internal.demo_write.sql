-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.demo_write(
    i_alerts    tocsin_internal.alert[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
set enable_seqscan = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.demo_write(1)
--
--      Write alerts of the demonstration, no two of the same Id, by the
--      steps that they took: open, then acknowledged if they were, then
--      resolved.
-- ----------------------------------------------------------------------
begin
    insert into alert (alert_id, integration_id, external_id, status, title,
           description, urgency, tags, dedup_keys, meta, incident,
           incident_severity, incident_message, flags, duplicate_count,
           created_at, last_event_at, last_duplicate_id)
    select alert_id, integration_id, external_id, 'open', title,
           description, urgency, tags, dedup_keys, meta, incident,
           incident_severity, incident_message, flags, duplicate_count,
           created_at, last_event_at, last_duplicate_id
      from unnest(i_alerts);
    update alert a
       set status = 'acknowledged',
           acknowledged_at = w.acknowledged_at
      from unnest(i_alerts) w
     where a.alert_id = w.alert_id
       and w.acknowledged_at is not null;
    update alert a
       set status = 'resolved',
           resolved_at = w.resolved_at,
           resolve_id = w.resolve_id
      from unnest(i_alerts) w
     where a.alert_id = w.alert_id
       and w.resolved_at is not null;
end;
$$;

comment on function tocsin_internal.demo_write
is 'Write alerts of the demonstration.';
