-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.fire_step(
    e       tocsin_internal.escalation,
    i_now   timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.fire_step(2)
--
--      Do one step that is due, unless the alert's status ends it: create the
--      delivery, and move the row to the next reminder or delete it.
--
--      The notice is created for a destination that was not told of the alert
--      yet, or whose deliveries of it were all cancelled; else escalated, or
--      reminder if the step was due before.  There is none if another step has
--      made one in the same tick, and no reminder while an earlier notice of
--      the alert waits there.  After a pause of tick one reminder stands for
--      all that were missed.
-- ----------------------------------------------------------------------
declare
    _alert  constant alert := (
                select a from alert a where a.alert_id = e.alert_id);
    s       constant step := (
                select s from step s
                 where s.route_id = e.route_id and s.step_no = e.step_no);
    _is_told    boolean;
    _is_held    boolean;
    _notice     notice;
    _fired      integer;
begin
    if (_alert.status < s.until) is not true
        or not exists (
            select from route
             where route_id = e.route_id
               and enabled)
    then
        delete from escalation
         where (alert_id, route_id, step_no)
               = (e.alert_id, e.route_id, e.step_no);
        return;
    end if;
    select count(*) > 0,
           coalesce(bool_or(i_now in (v.created_at, v.due_at)
                   and v.notice not in ('acknowledged', 'resolved')
               or e.fired > 0 and v.state in ('due', 'sending')), false)
      into _is_told, _is_held
      from delivery v
     where v.alert_id = e.alert_id
       and v.destination_id = s.destination_id
       and v.state <> 'cancelled';
    if not _is_held then
        _notice := (case when not _is_told then 'created'
                         when e.fired = 0 then 'escalated'
                         else 'reminder' end)::notice;
        perform tell_step(s, _alert, _notice, e.due_at, i_now);
    end if;
    _fired := e.fired + (not _is_held or e.fired = 0)::integer;
    if s.repeat_every is null or _fired > s.repeat_max then
        delete from escalation
         where (alert_id, route_id, step_no)
               = (e.alert_id, e.route_id, e.step_no);
        return;
    end if;
    update escalation
       set due_at = e.due_at + s.repeat_every * (1 + floor(
               extract(epoch from i_now - e.due_at)
               / extract(epoch from s.repeat_every)))::double precision,
           fired = _fired
     where (alert_id, route_id, step_no)
           = (e.alert_id, e.route_id, e.step_no);
end;
$$;

comment on function tocsin_internal.fire_step
is 'Do one step of a chain that is due.';
