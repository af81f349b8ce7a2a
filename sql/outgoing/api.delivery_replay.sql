-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.delivery_replay(
    i_destination   text,
    i_since         timestamptz,
    i_until         timestamptz default now())
returns integer
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.delivery_replay(3)
--
--      Send a destination what happened in a period, from the log of events,
--      one notice per second: the alerts that its routes match as they are
--      now.  What it was told before is repeated under the same id.  Alerts
--      that nobody is told of are left out: the demonstration's, and those
--      that were resolved when they were created: see plan_transitions.
--
-- Parameters:
--      i_destination   - its name or id
--
-- Returns:
--      how many deliveries
-- Raises:
--      TO404           - there is no such destination
--      TO422           - a time is missing
-- ----------------------------------------------------------------------
declare
    d       constant destination := find_destination(i_destination);
    _now    constant timestamptz := clock_timestamp();
    _rows   integer;
begin
    if (i_since < i_until) is not true then
        raise exception using errcode = 'TO422',
            message = 'the time to replay must end after it begins',
            hint = 'Pass two times.';
    end if;
    insert into delivery as w (destination_id, alert_id, notice, notice_id,
           urgency, created_at, due_at, expires_at)
    select d.destination_id, p.alert_id, p.outcome::text::notice, p.event_id,
           p.urgency, _now, p.due_at, p.due_at + d.give_up_after
      from (
           select e.alert_id, e.outcome, e.event_id, a.urgency,
                  _now + interval '1 second' * (row_number() over (
                      order by e.event_id) - 1) as due_at
             from event e
             join alert a on a.alert_id = e.alert_id
             join integration i on i.integration_id = a.integration_id
            where e.event_id >= uuid_floor(i_since)
              and e.event_id < uuid_floor(i_until)
              and e.outcome in ('created', 'acknowledged', 'resolved')
              and (e.outcome <> 'created' or e.to_status <> 'resolved')
              and not i.is_demo
              and not coalesce(speaks_of(a, d.name), false)
              and exists (
                  select from routes_of(a) r
                    join step s on s.route_id = r.route_id
                   where s.destination_id = d.destination_id)) p
     order by p.due_at
        on conflict (destination_id, notice_id) where notice <> 'test'
        do update
       set state = 'due',
           attempts = 0,
           due_at = excluded.due_at,
           expires_at = excluded.expires_at
     where w.state in ('sent', 'dead', 'cancelled');
    get diagnostics _rows = row_count;
    return _rows;
end;
$$;

comment on function tocsin_api.delivery_replay
is 'Send a destination what happened in a period.';
