-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.alert_facts(
    i_net   tocsin_internal.net,
    i_now   timestamptz,
    i_most  integer default null)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.alert_facts(3)
--
--      Return the placeholders of one alert: see facts_of.  Status and times
--      are as of the notice, since what happened later has a notice of its
--      own.  A description is cut to i_most characters; null: not cut.
-- ----------------------------------------------------------------------
begin
    return (
        select jsonb_build_object(
                   'event', i_net.notice, 'notice_id', i_net.notice_id,
                   'notified_at', iso_text(i_net.noticed_at),
                   'alert_id', i_net.alert_id,
                   'external_id', coalesce(a.external_id, i_net.alert_id::text),
                   'integration', i_net.integration_name,
                   'integration_id', i_net.integration_id,
                   'title', coalesce(a.title, i_net.title),
                   'description', coalesce(n.description, ''),
                   'text', coalesce(plain_text(n.description), ''),
                   'urgency', i_net.urgency,
                   'status', case i_net.notice
                       when 'created' then 'open'
                       when 'acknowledged' then 'acknowledged'
                       when 'resolved' then 'resolved'
                       else i_net.status::text end,
                   'story', i_net.story, 'tags', to_jsonb(a.tags),
                   'dedup_keys', to_jsonb(a.dedup_keys),
                   'flags', to_jsonb(a.flags), 'meta', coalesce(a.meta, '{}'),
                   'full_meta', coalesce(a.meta, '{}') || case when a.incident
                       then jsonb_strip_nulls(jsonb_build_object(
                           'incident', true,
                           'incident_severity', a.incident_severity,
                           'incident_message', a.incident_message))
                       else '{}' end,
                   'additional_data', coalesce(a.additional_data, '[]'),
                   'incident', coalesce(a.incident, false),
                   'severity', a.incident_severity,
                   'incident_message', a.incident_message,
                   'duplicate_count', a.duplicate_count)
            || jsonb_build_object(
                   'created_at', iso_text(a.created_at),
                   'acknowledged_at', iso_text(n.acknowledged_at),
                   'resolved_at', iso_text(n.resolved_at),
                   'last_event_at', iso_text(a.last_event_at),
                   'created_unix', trunc(extract(epoch from a.created_at)),
                   'acknowledged_unix',
                   trunc(extract(epoch from n.acknowledged_at)),
                   'resolved_unix', trunc(extract(epoch from n.resolved_at)),
                   'age', case when a.created_at is not null then
                       date_trunc('second', greatest(i_now - a.created_at,
                           interval '0'))::text end)
            || look_facts(i_net)
            || link_facts(a.alert_id)
          from (select) one
          left join alert a on a.alert_id = i_net.alert_id
         cross join lateral (
               select case when i_net.notice <> 'created'
                           then a.acknowledged_at end,
                      case when i_net.notice not in ('created', 'acknowledged')
                           then a.resolved_at end,
                      substr(a.description, 1, coalesce(i_most, 65536)))
                   n(acknowledged_at, resolved_at, description));
end;
$$;

comment on function tocsin_internal.alert_facts
is 'Return the placeholders of one alert.';
