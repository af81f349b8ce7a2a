-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.judge_events(
    i_event_id uuid[], i_received_at timestamptz[], i_source text[],
    i_integration_id text[], i_token_hash bytea[], i_event_type text[],
    i_external_id text[], i_title text[], i_description text[],
    i_urgency text[], i_tags text[], i_dedup_keys text[], i_meta jsonb[],
    i_incident boolean[], i_incident_severity text[],
    i_incident_message text[], i_additional_data jsonb[], i_flags text[],
    i_request_id text[], i_remote_addr text[],
    i_turn integer[], i_round integer, i_lowest uuid, i_highest uuid)
returns setof tocsin_internal.verdict
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.judge_events(24)
--
--      Say what each event of one round does, by the table of
--      transitions.  Writes nothing.  Takes no setting of its own, so
--      that the planner puts its text into the query of apply_events.
--
-- Parameters:
--      1 to 20         - as tocsin_api.ingest has them
--      i_turn          - round of each event; null when there is one
--      i_round         - the round to judge; null when there is one
--      i_lowest        - lowest event id: spares partitions below it
--      i_highest       - highest event id
-- ----------------------------------------------------------------------
select e.event_id is null and r.refusal is null,
       i.default_urgency,
       u.event_id, u.received_at, u.source, u.integration_id,
       case when e.event_id is not null then e.alert_id
            when t.outcome = 'created' then u.event_id
            else a.alert_id end,
       u.event_type::tocsin_internal.event_type,
       u.external_id,
       coalesce(e.outcome, r.refusal, t.outcome),
       case when e.event_id is not null then e.reason else t.reason end,
       coalesce(e.from_status, t.from_status),
       coalesce(e.to_status, t.to_status),
       u.title, u.description, u.urgency,
       u.tags::text[], u.dedup_keys::text[], u.meta,
       u.incident, u.incident_severity, u.incident_message,
       case when i.capture_additional_data then u.additional_data end,
       u.flags::text[], u.request_id, u.remote_addr
  from unnest(
           i_event_id, i_received_at, i_source, i_integration_id,
           i_token_hash, i_event_type, i_external_id, i_title,
           i_description, i_urgency, i_tags, i_dedup_keys, i_meta,
           i_incident, i_incident_severity, i_incident_message,
           i_additional_data, i_flags, i_request_id, i_remote_addr, i_turn)
       as u(event_id, received_at, source, integration_id,
           token_hash, event_type, external_id, title,
           description, urgency, tags, dedup_keys, meta,
           incident, incident_severity, incident_message,
           additional_data, flags, request_id, remote_addr, turn)
  left join tocsin_internal.integration i using (integration_id)
  cross join lateral (
       select case
           when i.integration_id is null then 'unknown_integration'
           when not i.enabled and u.source <> 'spool' then 'disabled'
           when u.source in ('spool', 'operator', 'board')
               or i.token_hash is null
               or i.token_hash = u.token_hash
               or i.previous_token_hash = u.token_hash
                   and i.previous_token_expires_at > now() then null
           else 'forbidden' end::tocsin_internal.outcome as refusal) r
  left join tocsin_internal.event e
    on e.event_id = u.event_id
   and e.event_id between i_lowest and i_highest
  left join lateral (
       -- The live alert; failing that, the newest resolved one.
       (select l.alert_id, l.status
          from tocsin_internal.alert l
         where l.integration_id = u.integration_id
           and l.external_id = u.external_id
           and l.resolved_at is null)
       union all
       (select r.alert_id, r.status
          from tocsin_internal.alert r
         where r.integration_id = u.integration_id
           and r.external_id = u.external_id
           and r.resolved_at is not null
         order by r.alert_id desc
         limit 1)
       limit 1) a on r.refusal is null
  left join tocsin_internal.transition t
    on r.refusal is null
   and t.from_status = coalesce(a.status, 'none')
   and t.event_type = u.event_type::tocsin_internal.event_type
 where u.turn is not distinct from i_round
$$;

comment on function tocsin_internal.judge_events(
    uuid[], timestamptz[], text[], text[], bytea[], text[], text[], text[],
    text[], text[], text[], text[], jsonb[], boolean[], text[], text[],
    jsonb[], text[], text[], text[], integer[], integer, uuid, uuid)
is 'What each event of a round does, by the table of transitions.';
