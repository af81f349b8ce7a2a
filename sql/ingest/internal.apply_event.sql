-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.apply_event(1)
--
--      Judge and write one event.  Does what apply_set does with a round
--      of one, but in small statements: they are quick to plan, and
--      planning is most of what a CGI program waits for.
--
-- Raises:
--      23505           - the event is already in the log
--      40001           - see give_way
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.apply_event(
    e   tocsin_api.event_in)
returns tocsin_api.receipt
language plpgsql
volatile
as $$
declare
    _v      tocsin_internal.verdict;
begin
    _v := tocsin_internal.judge_event(e);
    if _v.fresh is not true or _v.is_late then
        if _v.fresh is not true then
            return (e.event_id, _v.outcome::text, null::text, null::uuid,
                null::text);
        end if;
        perform tocsin_internal.mark_late(array[e]);
    end if;

    -- The log first: an event that is already in it must change nothing.
    insert into tocsin_internal.event (
           event_id, received_at, source, integration_id, alert_id,
           event_type, external_id, outcome, reason, from_status, to_status,
           title, description, urgency, tags, dedup_keys, meta, incident,
           incident_severity, incident_message, additional_data, flags,
           request_id, remote_addr)
    values (e.event_id, e.received_at, _v.source, e.integration_id,
           _v.alert_id, _v.event_type, e.external_id, _v.outcome, _v.reason,
           _v.from_status, _v.to_status, e.title, e.description,
           e.urgency::tocsin_internal.urgency, e.tags::text[],
           e.dedup_keys::text[], e.meta, e.incident,
           e.incident_severity::tocsin_internal.severity,
           e.incident_message, _v.additional_data, e.flags::text[],
           e.request_id, e.remote_addr);

    if enum_eq(_v.outcome, 'created') then
        insert into tocsin_internal.alert (
               alert_id, integration_id, external_id, status, title,
               description, urgency, tags, dedup_keys, meta, incident,
               incident_severity, incident_message, additional_data, flags,
               created_at, resolved_at, last_event_at, resolve_id)
        values (_v.alert_id, e.integration_id, e.external_id, _v.to_status,
               e.title, coalesce(e.description, ''),
               coalesce(e.urgency::tocsin_internal.urgency,
                   _v.default_urgency),
               coalesce(e.tags::text[], '{}'),
               coalesce(e.dedup_keys::text[], '{}'),
               coalesce(e.meta, '{}'), coalesce(e.incident, false),
               case when e.incident
                    then coalesce(e.incident_severity, 'SEV-UNKNOWN')
                       ::tocsin_internal.severity end,
               e.incident_message, _v.additional_data,
               coalesce(e.flags::text[], '{}'), e.received_at,
               _v.resolved_at, coalesce(_v.resolved_at, e.received_at),
               _v.resolve_id);
    elsif enum_ne(_v.outcome, 'ignored') then
        update tocsin_internal.alert
           set status = case when enum_eq(status, _v.from_status)
                   then _v.to_status
                   else tocsin_internal.give_way(alert_id) end,
               duplicate_count = duplicate_count
                   + enum_eq(_v.outcome, 'duplicate')::integer,
               acknowledged_at = case when enum_eq(_v.outcome, 'acknowledged')
                   then greatest(e.received_at, created_at)
                   else acknowledged_at end,
               resolved_at = case when enum_eq(_v.outcome, 'resolved')
                   then greatest(e.received_at, created_at, acknowledged_at)
                   else resolved_at end,
               last_event_at = case when resolved_at is null
                   then greatest(e.received_at, last_event_at)
                   else last_event_at end,
               last_duplicate_id = case when enum_eq(_v.outcome, 'duplicate')
                   then greatest(e.event_id, last_duplicate_id)
                   else last_duplicate_id end,
               resolve_id = case when enum_eq(_v.outcome, 'resolved')
                   then e.event_id else resolve_id end
         where alert_id = _v.alert_id;
        if not found then perform tocsin_internal.give_way(_v.alert_id); end if;
    end if;

    if _v.watched then
        if enum_ne(_v.outcome, 'ignored') and enum_ne(_v.outcome, 'duplicate')
        then
            insert into tocsin_internal.outbox (event_id, alert_id)
            values (e.event_id, _v.alert_id);
        end if;
    end if;
    return (e.event_id, _v.outcome::text, _v.reason, _v.alert_id,
        case when enum_ne(_v.to_status, 'none') then _v.to_status::text end);
end;
$$;

comment on function tocsin_internal.apply_event
is 'Judge and write one event.';
