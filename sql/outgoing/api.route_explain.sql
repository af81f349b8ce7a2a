-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.route_explain(
    i_alert     uuid,
    i_like      jsonb default '{}')
returns setof tocsin_api.explanation
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.route_explain(2)
--
--      Explain for each route, in order, whether an alert takes it, why, and
--      what its steps do.
--
-- Parameters:
--      i_alert     - the alert; null: a supposed one with the values of i_like
--      i_like      - members are integration_id, urgency, tags, title and
--                    incident: columns of alert
--
-- Returns:
--      a row for each step; one for a route that is not taken or has none
-- Raises:
--      TO404       - there is no such alert
--      TO422       - an unknown member, or an invalid value
-- ----------------------------------------------------------------------
declare
    a   alert;
begin
    perform check_members(i_like,
        '{integration_id, urgency, tags, title, incident}');
    a := jsonb_populate_record(null::alert, '{"urgency": "medium", "tags": [],
        "title": "-", "incident": false}' || i_like);
    if i_alert is not null then
        select * into a from alert where alert_id = i_alert;
        if not found then
            raise exception using errcode = 'TO404',
                message = format('there is no alert %s', i_alert),
                hint = 'See the view tocsin.alerts.';
        end if;
    end if;
    return query
        select r.name, t.route_id is not null,
               case when t.route_id is not null then 'matches'
                    when not r.enabled then 'is disabled'
                    when is_matched(r, a) then 'an earlier route ended the'
                        || ' search'
                    when a.urgency = 'silent' then 'silent alerts are told to'
                        || ' nobody'
                    when a.urgency < r.urgency_min then 'the urgency is lower'
                    when r.integration_id <> a.integration_id
                    then 'it is for another integration'
                    when not a.tags @> r.tags then 'a tag is missing'
                    when r.incident_only and not a.incident
                    then 'it is for incidents'
                    else 'the title is not like ' || r.title_like end,
               s.step_no::integer, d.name,
               extract(epoch from s.after)::integer, s.until::text, e.due_at
          from route r
          left join routes_of(a) t on t.route_id = r.route_id
          left join step s on s.route_id = t.route_id
          left join destination d on d.destination_id = s.destination_id
          left join escalation e
            on e.alert_id = a.alert_id
           and e.route_id = s.route_id
           and e.step_no = s.step_no
         order by r.position, s.step_no;
exception when data_exception then
    raise exception using errcode = 'TO422',
        message = sqlerrm,
        hint = 'See tocsin(1).';
end;
$$;

comment on function tocsin_api.route_explain
is 'Explain what routes do with an alert.';
