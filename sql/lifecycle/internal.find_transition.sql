-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.find_transition(3)
--
--      Return the row of transition for an event, an alert with this status
--      (null if there is none) and what overtook the event (null: nothing).
--      For BEGIN ATOMIC see find_alert.
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.find_transition(
    i_status        tocsin_internal.status,
    i_event_type    tocsin_internal.event_type,
    i_overtaken_by  tocsin_internal.overtaker)
returns setof tocsin_internal.transition
language sql
stable
begin atomic
    select t.*
      from tocsin_internal.transition t
     where t.from_status = coalesce(i_status, 'none')
       and t.event_type = i_event_type
       and t.overtaken_by = coalesce(i_overtaken_by, 'nothing');
end;

comment on function tocsin_internal.find_transition
is 'Return what an event does to an alert with a given status.';
