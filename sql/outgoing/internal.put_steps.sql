-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.put_steps(
    i_route integer,
    i_steps jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.put_steps(2)
--
--      Set the steps of a route.
--
-- Parameters:
--      i_steps     - array of objects with to, the name of a destination,
--                    and, if wanted, after, until, repeat_every, repeat_max,
--                    tell_acknowledged and tell_resolved: columns of step,
--                    with times as intervals in text
-- Raises:
--      TO404       - there is no such destination
--      TO422       - an unknown member
--      22, 23      - an invalid value
-- ----------------------------------------------------------------------
declare
    _one    record;
    s       step;
begin
    if jsonb_typeof(i_steps) <> 'array' then
        raise exception using errcode = 'TO422',
            message = 'steps must be an array',
            hint = 'See tocsin_internal.put_steps.';
    end if;
    for _one in
        select value, ordinality
          from jsonb_array_elements(i_steps) with ordinality
    loop
        perform check_members(_one.value, '{to, after, until, repeat_every,
            repeat_max, tell_acknowledged, tell_resolved}');
        s := jsonb_populate_record(null::step,
            '{"after": "0", "until": "acknowledged", "repeat_max": 10,
              "tell_acknowledged": true, "tell_resolved": true}'
            || jsonb_strip_nulls(_one.value - 'to'));
        s.route_id := i_route;
        s.step_no := _one.ordinality;
        s.destination_id :=
            (find_destination(_one.value ->> 'to')).destination_id;
        -- Days are 24 hours, whatever the clocks do.
        s.after := make_interval(secs => extract(epoch from s.after));
        s.repeat_every := make_interval(
            secs => extract(epoch from s.repeat_every));
        insert into step select s.*;
    end loop;
end;
$$;

comment on function tocsin_internal.put_steps
is 'Set the steps of a route.';
