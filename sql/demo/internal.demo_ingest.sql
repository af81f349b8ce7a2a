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
--      Send events through ingest, in their order, then replace them in the
--      log as if they had been stored soon after they were received.
-- ----------------------------------------------------------------------
begin
    perform tocsin_api.ingest(array_agg(row(
                e.event_id, e.received_at, e.source, e.integration_id, null,
                e.event_type, e.external_id, e.title, e.description,
                e.urgency, e.tags, e.dedup_keys, e.meta, e.incident,
                e.incident_severity, e.incident_message, e.additional_data,
                e.flags, e.request_id, e.remote_addr)::tocsin_api.event_in
            order by e.ordinality))
       from unnest(i_events) with ordinality e;

    -- The log is never updated, not even here: the rows stored now are
    -- deleted, and rows with the past time inserted.
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
is 'Store events of the demonstration as of the time they were received.';
