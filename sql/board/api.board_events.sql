-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_events(
    i_alert_id  uuid,
    i_limit     integer)
returns table (
    event_id        uuid,
    alert_id        uuid,
    received_at     text,
    event_type      text,
    outcome         text,
    reason          text,
    from_status     text,
    to_status       text,
    source          text,
    title           text,
    remote_addr     text,
    request_id      text)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_events(2)
--
--      Return the last i_limit events of an alert, newest first, with the
--      resolve that ended it although it was stored before the alert.
--      Times are UTC; from_status is none for the event that opened it.
-- ----------------------------------------------------------------------
    select e.event_id, i_alert_id,
           to_char(e.received_at at time zone 'UTC',
               'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           e.event_type::text, e.outcome::text, e.reason,
           e.from_status::text, e.to_status::text, e.source::text, e.title,
           e.remote_addr, e.request_id
      from (
           -- Uses only the index of alerts, from its newest entry on: with =
           -- instead of the range the planner may use the index of times and
           -- read all events received since.
           (select o.*
              from event o
             where o.alert_id between i_alert_id and i_alert_id
             order by o.alert_id desc, o.received_at desc, o.event_id desc
             limit i_limit)
            union all
           select v.*
             from alert a
             join event v
               on v.event_id = a.resolve_id
            where a.alert_id = i_alert_id
              and v.outcome = 'ignored') e
     order by e.received_at desc, e.event_id desc
     limit i_limit
$$;

comment on function tocsin_api.board_events
is 'Return the last events of an alert, for the board.';
