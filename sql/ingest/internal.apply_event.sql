-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.apply_event(
    i_event_id uuid, i_received_at timestamptz, i_source text,
    i_integration_id text, i_token_hash bytea, i_event_type text,
    i_external_id text, i_title text, i_description text, i_urgency text,
    i_tags text, i_dedup_keys text, i_meta jsonb, i_incident boolean,
    i_incident_severity text, i_incident_message text,
    i_additional_data jsonb, i_flags text, i_request_id text,
    i_remote_addr text)
returns tocsin_api.receipt
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.apply_event(20)
--
--      Judge and write one event.  What apply_set does with a round of
--      one, in small statements: they are soon planned, which is most of
--      what a CGI program waits for.
--
-- Parameters:
--      one element each of the arrays of tocsin_api.ingest
-- Raises:
--      23505           - the event is in the log already
-- ----------------------------------------------------------------------
declare
    _v      tocsin_internal.verdict;
begin
    _v := tocsin_internal.judge_event(i_event_id, i_received_at, i_source,
        i_integration_id, i_token_hash, i_event_type, i_external_id,
        i_additional_data);
    if not _v.fresh then
        return (i_event_id, _v.outcome::text, null::text, null::uuid,
            null::text);
    end if;

    -- First the log: an event that is in it already must touch nothing.
    insert into tocsin_internal.event (
           event_id, received_at, source, integration_id, alert_id,
           event_type, external_id, outcome, reason, from_status, to_status,
           title, description, urgency, tags, dedup_keys, meta, incident,
           incident_severity, incident_message, additional_data, flags,
           request_id, remote_addr)
    values (i_event_id, i_received_at, _v.source, i_integration_id,
           _v.alert_id, _v.event_type, i_external_id, _v.outcome, _v.reason,
           _v.from_status, _v.to_status, i_title, i_description,
           i_urgency::tocsin_internal.urgency, i_tags::text[],
           i_dedup_keys::text[], i_meta, i_incident,
           i_incident_severity::tocsin_internal.severity,
           i_incident_message, _v.additional_data, i_flags::text[],
           i_request_id, i_remote_addr);

    if _v.outcome = 'created' then
        insert into tocsin_internal.alert (
               alert_id, integration_id, external_id, status, title,
               description, urgency, tags, dedup_keys, meta, incident,
               incident_severity, incident_message, additional_data, flags,
               created_at, last_event_at)
        values (_v.alert_id, i_integration_id, i_external_id, _v.to_status,
               i_title, coalesce(i_description, ''),
               coalesce(i_urgency::tocsin_internal.urgency,
                   _v.default_urgency),
               coalesce(i_tags::text[], '{}'),
               coalesce(i_dedup_keys::text[], '{}'),
               coalesce(i_meta, '{}'), coalesce(i_incident, false),
               case when i_incident
                    then coalesce(i_incident_severity, 'SEV-UNKNOWN')
                       ::tocsin_internal.severity end,
               i_incident_message, _v.additional_data,
               coalesce(i_flags::text[], '{}'), i_received_at, i_received_at);
    elsif _v.outcome <> 'ignored' then
        update tocsin_internal.alert
           set status = case when status = _v.from_status
                   then _v.to_status
                   else tocsin_internal.give_way(alert_id) end,
               duplicate_count = duplicate_count
                   + (_v.outcome = 'duplicate')::integer,
               acknowledged_at = case when _v.outcome = 'acknowledged'
                   then greatest(i_received_at, created_at)
                   else acknowledged_at end,
               resolved_at = case when _v.outcome = 'resolved'
                   then greatest(i_received_at, created_at, acknowledged_at)
                   else resolved_at end,
               last_event_at = greatest(i_received_at, last_event_at)
         where alert_id = _v.alert_id;
    end if;
    return (i_event_id, _v.outcome::text, _v.reason, _v.alert_id,
        nullif(_v.to_status, 'none')::text);
end;
$$;

comment on function tocsin_internal.apply_event
is 'Judge and write one event.';
