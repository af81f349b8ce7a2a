-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.board_told(
    i_alert_id  uuid)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.board_told(1)
--
--      Return who was told of an alert, who is being told, and who will be
--      unless it moves before: the last 50 as an array of objects, latest
--      first.  It has no addresses, and nothing that a receiver said.
--
--      at          - when it arrived, is tried next or is planned; or when it
--                    became due, if it is being sent, dead or cancelled
--      delivery_id - number of the delivery; null: a step that is planned
--      destination - name of the destination
--      notice      - what is told; null: it depends
--      status      - that of the view deliveries, or planned
--      waiting_for - what the view says
--      attempts    - how many times it was tried
--      route, step - of a step that is planned
-- ----------------------------------------------------------------------
begin
    -- Of most alerts nobody is told: do not even plan what follows.
    if not exists (select from delivery where alert_id = i_alert_id)
        and not exists (select from escalation where alert_id = i_alert_id)
    then
        return '[]'::jsonb;
    end if;
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
                   'at', to_char(t.at at time zone 'UTC',
                       'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                   'delivery_id', t.id, 'destination', t.destination,
                   'notice', t.notice, 'status', t.status,
                   'waiting_for', t.waiting_for, 'attempts', t.attempts,
                   'route', t.route, 'step', t.step_no)
                   order by t.at desc, t.id desc), '[]')
          from (
               select case v.status when 'sent' then v.sent_at
                          when 'due' then v.due_at
                          else v.created_at end as at,
                      v.id, v.destination, v.notice, v.status, v.waiting_for,
                      v.attempts, null as route, null::smallint as step_no
                 from tocsin.deliveries v
                where v.alert_id = i_alert_id
                union all
               select e.due_at, null, d.name,
                      case when e.fired > 0 then 'reminder' end, 'planned',
                      null, 0, r.name, e.step_no
                 from escalation e
                 join route r on r.route_id = e.route_id
                 join step s
                   on s.route_id = e.route_id
                  and s.step_no = e.step_no
                 join destination d on d.destination_id = s.destination_id
                where e.alert_id = i_alert_id
                  and r.enabled
                order by at desc, id desc
                limit 50) t);
end;
$$;

comment on function tocsin_internal.board_told
is 'Return who was, is being and will be told of an alert, for the board.';
