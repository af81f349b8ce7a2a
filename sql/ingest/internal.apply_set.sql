-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.apply_set(3)
--
--      Apply one round of events, no two with the same key.  The caller
--      holds the locks of their keys, so only a manual write can interfere.
--
-- Parameters:
--      as for tocsin_internal.judge_events
-- Raises:
--      23505           - an event is already in the log
--      40001           - a manual write interfered: nothing is written
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.apply_set(
    i_events    tocsin_api.event_in[],
    i_turn      integer[],
    i_round     integer)
returns tocsin_api.receipt[]
language plpgsql
volatile
as $$
declare
    _receipts   tocsin_api.receipt[];
    _events     uuid[]; -- to be told, and their alerts
    _alerts     uuid[];
    _moves      tocsin_internal.verdict[]; -- what changes alerts
begin
    with judged as materialized (
        select *
          from tocsin_internal.judge_events(i_events, i_turn, i_round)),
    opened as (
        insert into tocsin_internal.alert (
               alert_id, integration_id, external_id, status, title,
               description, urgency, tags, dedup_keys, meta, incident,
               incident_severity, incident_message, additional_data, flags,
               created_at, resolved_at, last_event_at, resolve_id)
        select alert_id, integration_id, external_id, to_status, title,
               coalesce(description, ''), coalesce(urgency, default_urgency),
               coalesce(tags, '{}'), coalesce(dedup_keys, '{}'),
               coalesce(meta, '{}'), coalesce(incident, false),
               case when incident
                    then coalesce(incident_severity, 'SEV-UNKNOWN') end,
               incident_message, additional_data, coalesce(flags, '{}'),
               received_at, resolved_at, coalesce(resolved_at, received_at),
               resolve_id
          from judged
         where fresh and outcome = 'created'),
    logged as (
        insert into tocsin_internal.event (
               event_id, received_at, source, integration_id, alert_id,
               event_type, external_id, outcome, reason, from_status,
               to_status, title, description, urgency, tags, dedup_keys, meta,
               incident, incident_severity, incident_message,
               additional_data, flags, request_id, remote_addr)
        select event_id, received_at, source, integration_id, alert_id,
               event_type, external_id, outcome, reason, from_status,
               to_status, title, description, urgency, tags, dedup_keys, meta,
               incident, incident_severity, incident_message,
               additional_data, flags, request_id, remote_addr
          from judged
         where fresh)
    select array_agg((j.event_id, j.outcome::text, j.reason, j.alert_id,
               nullif(j.to_status, 'none')::text)::tocsin_api.receipt),
           array_agg(j.event_id) filter (where j.watched
               and j.outcome in ('created', 'acknowledged', 'resolved')),
           array_agg(j.alert_id) filter (where j.watched
               and j.outcome in ('created', 'acknowledged', 'resolved')),
           array_agg(row(j.*)::tocsin_internal.verdict)
               filter (where j.fresh
                   and j.outcome in ('duplicate', 'acknowledged', 'resolved'))
      into _receipts, _events, _alerts, _moves
      from judged j;
    if _moves is not null then
        perform tocsin_internal.move_alerts(_moves);
    end if;
    if _events is not null then
        insert into tocsin_internal.outbox (event_id, alert_id)
        select * from unnest(_events, _alerts);
    end if;
    return _receipts;
end;
$$;

comment on function tocsin_internal.apply_set
is 'Judge and write one round of events.';
