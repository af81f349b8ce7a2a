-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_alerts(
    i_limit integer)
returns table (
    alert_id            uuid,
    integration_id      text,
    integration_name    text,
    external_id         text,
    title               text,
    status              text,
    urgency             text,
    incident_severity   text,
    tags                jsonb,
    created_at          text,
    acknowledged_at     text,
    last_event_at       text,
    age_seconds         double precision,
    duplicate_count     integer,
    told                text)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_alerts(1)
--
--      Return the alerts that are not resolved, at most i_limit:
--      unacknowledged first, then oldest first.  Times are UTC.
--
-- Returns:
--      told        - what became of telling people or machines of it: failed
--                    if something is dead; else waiting if something is due
--                    or being sent; else told; null: nothing was to be told
-- ----------------------------------------------------------------------
    select a.alert_id, a.integration_id, i.name, a.external_id, a.title,
           a.status::text, a.urgency::text, a.incident_severity::text,
           to_jsonb(a.tags), t.created_at, t.acknowledged_at, t.last_event_at,
           extract(epoch from now() - a.created_at)::double precision,
           a.duplicate_count, w.told
      from alert a
      join integration i using (integration_id)
     cross join lateral (
           select to_char(a.created_at at time zone 'UTC', f.f) as created_at,
                  to_char(a.acknowledged_at at time zone 'UTC', f.f)
                      as acknowledged_at,
                  to_char(a.last_event_at at time zone 'UTC', f.f)
                      as last_event_at
             from (values ('YYYY-MM-DD"T"HH24:MI:SS"Z"')) f(f)) t
     cross join lateral (
           select case when bool_or(v.state = 'dead') then 'failed'
                       when bool_or(v.state in ('due', 'sending'))
                       then 'waiting'
                       when bool_or(v.state = 'sent') then 'told' end as told
             from delivery v
            where v.alert_id = a.alert_id
              and exists (select from destination)) w
     -- Sorts keys only, not whole rows; and an array tells the planner that
     -- they are few, which a limit does not.
     where a.alert_id = any (array(
           select l.alert_id
             from alert l
            where l.resolved_at is null
            order by l.acknowledged_at is not null, l.created_at, l.alert_id
            limit i_limit))
     order by a.acknowledged_at is not null, a.created_at, a.alert_id
$$;

comment on function tocsin_api.board_alerts
is 'Return the alerts that are not resolved, for the board.';
