-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.judge_events(
    i_event_id uuid[], i_received_at timestamptz[], i_source text[],
    i_integration_id text[], i_token_hash bytea[], i_event_type text[],
    i_external_id text[], i_title text[], i_description text[],
    i_urgency text[], i_tags text[], i_dedup_keys text[], i_meta jsonb[],
    i_incident boolean[], i_incident_severity text[],
    i_incident_message text[], i_additional_data jsonb[], i_flags text[],
    i_request_id text[], i_remote_addr text[],
    i_turn integer[], i_round integer)
returns setof tocsin_internal.verdict
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.judge_events(22)
--
--      Say what each event of one round does, by the table of
--      transitions.  Writes nothing.  Takes no setting of its own, so
--      that the planner puts its text into the query of apply_set.
--
-- Parameters:
--      1 to 20         - as tocsin_api.ingest has them
--      i_turn          - round of each event
--      i_round         - the round to judge
-- ----------------------------------------------------------------------
select t.outcome is not null,
       i.default_urgency,
       u.event_id, i_received_at[u.n],
       u.source, u.integration_id,
       case when t.outcome = 'created' then u.event_id
            when t.outcome is not null then a.alert_id end,
       u.event_type, u.external_id,
       coalesce(t.outcome, tocsin_internal.refuse_event(
           u.event_id, r.refusal::tocsin_internal.outcome)),
       t.reason, t.from_status, t.to_status,
       i_title[u.n], i_description[u.n],
       i_urgency[u.n]::tocsin_internal.urgency,
       i_tags[u.n]::text[], i_dedup_keys[u.n]::text[], i_meta[u.n],
       i_incident[u.n],
       i_incident_severity[u.n]::tocsin_internal.severity,
       i_incident_message[u.n],
       case when i.capture_additional_data then i_additional_data[u.n] end,
       i_flags[u.n]::text[], i_request_id[u.n], i_remote_addr[u.n]
  from (select n::integer as n,
               i_event_id[n::integer] as event_id,
               i_source[n::integer]::tocsin_internal.source as source,
               i_integration_id[n::integer] as integration_id,
               i_token_hash[n::integer] as token_hash,
               i_event_type[n::integer]::tocsin_internal.event_type
                   as event_type,
               i_external_id[n::integer] as external_id
          from unnest(i_turn) with ordinality as p(turn, n)
         where p.turn = i_round
        offset 0) u -- each element is cast once
  left join tocsin_internal.integration i using (integration_id)
 cross join lateral (
       select tocsin_internal.judge_sender(i, u.source, u.token_hash,
               i_received_at[u.n]) as refusal) r
  left join lateral tocsin_internal.find_alert(
       u.integration_id, u.external_id) a on true
  left join tocsin_internal.transition t
    on r.refusal is null
   and t.from_status = coalesce(a.status, 'none')
   and t.event_type = u.event_type
$$;

comment on function tocsin_internal.judge_events
is 'What each event of a round does, by the table of transitions.';
