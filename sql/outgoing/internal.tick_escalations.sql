-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tick_escalations(
    i_now           timestamptz,
    i_limit         integer,
    out o_done      integer,
    out o_next_at   timestamptz)
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tick_escalations(2)
--
--      The part of tick for steps that are due: see fire_step.  A step that
--      fails is due again in a minute, so that it holds up no other, and is
--      recorded as a failure of tick.
-- ----------------------------------------------------------------------
declare
    _step   escalation;
begin
    o_done := 0;
    for _step in
        select *
          from escalation
         where due_at <= i_now
         order by due_at, alert_id, route_id, step_no
         limit i_limit
    loop
        begin
            perform fire_step(_step, i_now);
            o_done := o_done + 1;
        exception when others then
            update escalation
               set due_at = i_now + interval '1 minute'
             where alert_id = _step.alert_id
               and route_id = _step.route_id
               and step_no = _step.step_no;
            perform note_tick_failure(i_now,
                format('tick_escalations, alert %s: %s %s', _step.alert_id,
                    sqlstate, sqlerrm));
        end;
    end loop;
    select min(due_at) into o_next_at from escalation;
end;
$$;

comment on function tocsin_internal.tick_escalations
is 'Part of tick: do the steps that are due.';
