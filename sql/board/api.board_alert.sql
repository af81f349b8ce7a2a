-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_alert(
    i_alert_id  uuid)
returns table (
    at                  text,
    alert_id            uuid,
    integration_id      text,
    integration_name    text,
    external_id         text,
    title               text,
    status              text,
    urgency             text,
    incident            boolean,
    incident_severity   text,
    incident_message    text,
    tags                jsonb,
    dedup_keys          jsonb,
    flags               jsonb,
    created_at          text,
    acknowledged_at     text,
    resolved_at         text,
    last_event_at       text,
    response_seconds    double precision,
    lifetime_seconds    double precision,
    age_seconds         double precision,
    duplicate_count     integer,
    event_count         bigint,
    actions             jsonb,
    meta                jsonb,
    additional_data     jsonb,
    description         text,
    latest_title        text,
    latest_description  text,
    told                jsonb)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_alert(1)
--
--      Return everything stored about one alert; no row if none has this
--      id.  Times are UTC; age_seconds is null once it is resolved.
--      actions are the events that would change its status; latest_title
--      and latest_description are those of the latest create that repeated
--      it, if the log has one.  told is the result of board_told.
-- ----------------------------------------------------------------------
    select to_char(now() at time zone 'UTC', f.f), a.alert_id,
           a.integration_id, i.name, a.external_id, a.title,
           a.status::text, a.urgency::text, a.incident,
           a.incident_severity::text, a.incident_message, to_jsonb(a.tags),
           to_jsonb(a.dedup_keys), to_jsonb(a.flags), to_char(
               a.created_at at time zone 'UTC', f.f),
           to_char(a.acknowledged_at at time zone 'UTC', f.f),
           to_char(a.resolved_at at time zone 'UTC', f.f),
           to_char(a.last_event_at at time zone 'UTC', f.f),
           extract(epoch from a.acknowledged_at - a.created_at)
               ::double precision,
           extract(epoch from a.resolved_at - a.created_at)
               ::double precision,
           case when a.resolved_at is null
                then extract(epoch from now() - a.created_at)
                    ::double precision end,
           a.duplicate_count,
           (select count(*) from event e where e.alert_id = a.alert_id),
           (select coalesce(jsonb_agg(t.event_type order by t.event_type), '[]')
              from transition t
             where t.from_status = a.status
               and t.to_status <> a.status
               and t.event_type <> 'create'),
           a.meta, a.additional_data, a.description, l.title, l.description,
           board_told(a.alert_id)
      from alert a
      join integration i using (integration_id)
      left join lateral (
           -- Uses only the index of alert_id: see board_events.
           select e.title, e.description
             from event e
            where e.alert_id between a.alert_id and a.alert_id
              and e.outcome = 'duplicate'
            order by e.alert_id desc, e.received_at desc, e.event_id desc
            limit 1) l on true
     cross join (values ('YYYY-MM-DD"T"HH24:MI:SS"Z"')) f(f)
     where a.alert_id = i_alert_id
$$;

comment on function tocsin_api.board_alert
is 'Return everything stored about one alert, for the board.';
