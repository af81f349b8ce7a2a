-- SPDX-License-Identifier: ISC
-- For the benchmark: tocsin_api.ingest for a single event, as one would write
-- it without batches in mind.

create function tocsin_internal.enter(
    i_integration_id    text,
    i_token_hash        bytea)
returns tocsin_internal.integration
language plpgsql
stable
as $$
declare
    _integration    tocsin_internal.integration;
begin
    select * into _integration
      from tocsin_internal.integration
     where integration_id = i_integration_id;
    if not found or not _integration.enabled
        or _integration.token_hash is not null
        and _integration.token_hash is distinct from i_token_hash
        and (_integration.previous_token_hash is distinct from i_token_hash
            or _integration.previous_token_expires_at <= now())
    then
        raise exception using errcode = 'TO403', message = 'no entry';
    end if;
    return _integration;
end;
$$;

comment on function tocsin_internal.enter(text, bytea)
is 'The integration, if it takes events from who knows this token.';

create function tocsin_internal.newest(
    i_integration_id    text,
    i_external_id       text)
returns tocsin_internal.alert
language plpgsql
stable
as $$
declare
    _alert  tocsin_internal.alert;
begin
    select * into _alert
      from tocsin_internal.alert
     where integration_id = i_integration_id
       and external_id = i_external_id
       and resolved_at is null;
    if not found then
        select * into _alert
          from tocsin_internal.alert
         where integration_id = i_integration_id
           and external_id = i_external_id
           and resolved_at is not null
         order by alert_id desc
         limit 1;
    end if;
    return _alert;
end;
$$;

comment on function tocsin_internal.newest(text, text)
is 'The live alert of an Id; failing that, the newest resolved one.';

create function tocsin_api.ingest_plainly(
    i_event_id uuid, i_received_at timestamptz, i_source text,
    i_integration_id text, i_token_hash bytea, i_event_type text,
    i_external_id text, i_title text, i_description text, i_urgency text,
    i_tags text[], i_dedup_keys text[], i_meta jsonb, i_incident boolean,
    i_incident_severity text, i_incident_message text,
    i_additional_data jsonb, i_flags text[], i_request_id text,
    i_remote_addr text)
returns tocsin_api.receipt
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
declare
    _integration    integration := enter(i_integration_id, i_token_hash);
    _extra          jsonb := case
        when _integration.capture_additional_data then i_additional_data end;
    _alert          alert;
    _step           transition;
begin
    perform pg_advisory_xact_lock(1953457011,
        hashtext(i_integration_id || '/' || i_external_id));
    _alert := newest(i_integration_id, i_external_id);
    select * into _step
      from transition
     where from_status = coalesce(_alert.status, 'none')
       and event_type = i_event_type::event_type;
    if _step.outcome = 'created' then
        _alert.alert_id := i_event_id;
        insert into alert (
               alert_id, integration_id, external_id, status, title,
               description, urgency, tags, dedup_keys, meta, incident,
               incident_severity, incident_message, additional_data, flags,
               created_at, last_event_at)
        values (i_event_id, i_integration_id, i_external_id,
               _step.to_status, i_title, coalesce(i_description, ''),
               coalesce(i_urgency::urgency, _integration.default_urgency),
               coalesce(i_tags, '{}'), coalesce(i_dedup_keys, '{}'),
               coalesce(i_meta, '{}'), coalesce(i_incident, false),
               case when i_incident
                    then coalesce(i_incident_severity, 'SEV-UNKNOWN')::severity
               end,
               i_incident_message, _extra,
               coalesce(i_flags, '{}'), i_received_at, i_received_at);
    elsif _step.outcome <> 'ignored' then
        update alert
           set status = _step.to_status,
               duplicate_count = duplicate_count
                   + (_step.outcome = 'duplicate')::integer,
               acknowledged_at = case when _step.outcome = 'acknowledged'
                   then greatest(i_received_at, created_at)
                   else acknowledged_at end,
               resolved_at = case when _step.outcome = 'resolved'
                   then greatest(i_received_at, created_at, acknowledged_at)
                   else resolved_at end,
               last_event_at = greatest(i_received_at, last_event_at)
         where alert_id = _alert.alert_id;
    end if;

    insert into event (
           event_id, received_at, source, integration_id, alert_id,
           event_type, external_id, outcome, reason, from_status, to_status,
           title, description, urgency, tags, dedup_keys, meta, incident,
           incident_severity, incident_message, additional_data, flags,
           request_id, remote_addr)
    values (i_event_id, i_received_at, i_source::source, i_integration_id,
           _alert.alert_id, i_event_type::event_type, i_external_id,
           _step.outcome, _step.reason, _step.from_status, _step.to_status,
           i_title, i_description, i_urgency::urgency, i_tags, i_dedup_keys,
           i_meta, i_incident, i_incident_severity::severity,
           i_incident_message, _extra, i_flags, i_request_id, i_remote_addr);
    if _step.outcome in ('created', 'acknowledged', 'resolved')
        and exists (
            select from setting where name = 'notify' and value = 'on')
    then
        perform pg_notify('tocsin',
                   format('{"events":1,"alerts":["%s"]}', _alert.alert_id));
    end if;
    return (i_event_id, _step.outcome::text, _step.reason, _alert.alert_id,
           nullif(_step.to_status, 'none')::text);
exception when unique_violation then
    -- An event that is in the log already gets its first receipt again.
    return (
        select (event_id, outcome::text, reason, alert_id, to_status::text)
               ::tocsin_api.receipt
          from event
         where event_id = i_event_id);
end;
$$;

comment on function tocsin_api.ingest_plainly(
    uuid, timestamptz, text, text, bytea, text, text, text, text, text,
    text[], text[], jsonb, boolean, text, text, jsonb, text[], text, text)
is 'What ingest does with one event, written for one event.';

grant execute on function tocsin_api.ingest_plainly to tocsin_web;
