-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.demo_ingest(
    i_events    tocsin_internal.event[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
set enable_seqscan = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.demo_ingest(1)
--
--      Send events through ingest, in their order, and put them into the
--      log again as if they had been stored soon after they arrived.
-- ----------------------------------------------------------------------
begin
    perform tocsin_api.ingest(
            array_agg(event_id order by n), array_agg(received_at order by n),
            array_agg(source::text order by n),
            array_agg(integration_id::text order by n),
            array_agg(null::bytea), array_agg(event_type::text order by n),
            array_agg(external_id::text order by n),
            array_agg(title order by n), array_agg(description order by n),
            array_agg(urgency::text order by n),
            array_agg(tags::text order by n),
            array_agg(dedup_keys::text order by n),
            array_agg(meta order by n), array_agg(incident order by n),
            array_agg(incident_severity::text order by n),
            array_agg(incident_message order by n),
            array_agg(additional_data order by n),
            array_agg(flags::text order by n),
            array_agg(request_id order by n),
            array_agg(remote_addr order by n))
       from unnest(i_events) with ordinality as e(event_id, received_at,
            stored_at, source, integration_id, alert_id, event_type,
            external_id, outcome, reason, from_status, to_status, title,
            description, urgency, tags, dedup_keys, meta, incident,
            incident_severity, incident_message, additional_data, flags,
            request_id, remote_addr, n);

    -- The log is never changed, not even here: what was said of now goes,
    -- and what is said of then comes.
    perform set_config('tocsin.removes_events', 'on', true);
    with gone as (
        delete from event
         where event_id = any (array(
               select e.event_id from unnest(i_events) e))
        returning *)
    insert into event
    select g.event_id, g.received_at, g.received_at
               + (2 + 60 * power(demo_random(1, g.event_id::text), 4))
               * interval '1 ms',
           g.source, g.integration_id, g.alert_id, g.event_type,
           g.external_id, g.outcome, g.reason, g.from_status, g.to_status,
           g.title, g.description, g.urgency, g.tags, g.dedup_keys, g.meta,
           g.incident, g.incident_severity, g.incident_message,
           g.additional_data, g.flags, g.request_id, g.remote_addr
      from gone g;
    perform set_config('tocsin.removes_events', 'off', true);
end;
$$;

comment on function tocsin_internal.demo_ingest
is 'Store events of the demonstration as of their time.';
