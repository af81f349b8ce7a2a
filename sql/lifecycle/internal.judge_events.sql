-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.judge_events(
    i_events    tocsin_api.event_in[],
    i_turn      integer[],
    i_round     integer)
returns setof tocsin_internal.verdict
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.judge_events(3)
--
--      Decide what each event of one round does, by the table of
--      transitions.  Writes nothing.  Has no SET clause, so that the
--      planner can inline it into the query of apply_set.
--
-- Parameters:
--      i_turn          - round of each event
--      i_round         - the round to judge
-- ----------------------------------------------------------------------
select t.outcome is not null,
       i.default_urgency,
       e.event_id, e.received_at, e.origin, e.integration_id,
       case when t.outcome = 'created' then e.event_id
            when t.outcome is not null then a.alert_id end,
       e.type, e.external_id,
       coalesce(t.outcome, tocsin_internal.refuse_event(
           e.event_id, r.refusal::tocsin_internal.outcome)),
       t.reason, t.from_status, t.to_status, e.title, e.description,
       e.urgency::tocsin_internal.urgency, e.tags::text[],
       e.dedup_keys::text[], e.meta, e.incident,
       e.incident_severity::tocsin_internal.severity, e.incident_message,
       case when i.capture_additional_data then e.additional_data end,
       e.flags::text[], e.request_id, e.remote_addr,
       o.resolve_id, o.resolved_at, null::boolean, i.watched
  from (select u.*,
               u.source::tocsin_internal.source as origin,
               u.event_type::tocsin_internal.event_type as type
          from unnest(i_events) with ordinality u
         where i_turn[u.ordinality::integer] = i_round
        offset 0) e -- cast only once
  left join tocsin_internal.integration i using (integration_id)
 cross join lateral (
       select tocsin_internal.judge_sender(i, e.origin, e.token_hash,
               e.received_at) as refusal) r
  left join lateral tocsin_internal.find_alert(
       e.integration_id, e.external_id) a on true
  left join lateral (
       select *
         from tocsin_internal.find_overtaker(e.event_id, e.received_at,
              e.type, e.integration_id, e.external_id, a.alert_id,
              coalesce(a.status, 'none'))
        where tocsin_internal.has_waited(e.origin, e.event_id,
              e.received_at)
       offset 0) o on true -- called for no other events
  left join tocsin_internal.transition t
    on r.refusal is null
   and t.from_status = coalesce(a.status, 'none')
   and t.event_type = e.type
   and t.overtaken_by = coalesce(o.overtaken_by, 'nothing')
$$;

comment on function tocsin_internal.judge_events
is 'Decide what each event of a round does, by the table of transitions.';
