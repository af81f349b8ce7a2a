-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.route_add(
    i_name      text,
    i_steps     jsonb,
    i_options   jsonb default '{}',
    i_first     boolean default false)
returns tocsin_api.route_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.route_add(4)
--
--      Create a route.
--
-- Parameters:
--      i_name      - a word of 1 to 64 characters
--      i_steps     - see put_steps
--      i_options   - members are integration_id, tags, urgency_min,
--                    incident_only, title_like and continues: columns of
--                    route
--      i_first     - true: before all others; false: after them
--
-- Returns:
--      the route
-- Raises:
--      TO404       - there is no such destination or integration
--      TO422       - an invalid value, which the message names
-- ----------------------------------------------------------------------
declare
    r           route;
    _constraint text;
begin
    perform check_members(i_options, '{integration_id, tags, urgency_min,
        incident_only, title_like, continues}');
    if i_options ->> 'integration_id' is not null then
        perform check_integration(i_options ->> 'integration_id');
    end if;
    r := jsonb_populate_record(null::route,
        '{"tags": [], "urgency_min": "low", "incident_only": false,
          "continues": false}' || jsonb_strip_nulls(i_options));
    perform plan_outbox();
    lock table route in share row exclusive mode;
    insert into route (position, name, integration_id, tags, urgency_min,
           incident_only, title_like, continues)
    select case when i_first then coalesce(min(position), 1) - 1
                else coalesce(max(position), 0) + 1 end,
           i_name, r.integration_id, r.tags, r.urgency_min, r.incident_only,
           r.title_like, r.continues
      from route
    returning route_id into r.route_id;
    perform put_steps(r.route_id, i_steps);
    return describe_routes(r.route_id);
exception
    when integrity_constraint_violation then
        get stacked diagnostics _constraint = constraint_name;
        raise exception using errcode = 'TO422',
            message = case when _constraint = '' then sqlerrm
                when _constraint = 'route_name_key'
                then format('there is a route %s already', i_name)
                else say_rule(_constraint) end,
            hint = 'See tocsin(1).';
    when data_exception then
        raise exception using errcode = 'TO422',
            message = sqlerrm,
            hint = 'See tocsin(1).';
end;
$$;

comment on function tocsin_api.route_add
is 'Create a route.';
