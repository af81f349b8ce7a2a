-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.status_of(
    i_acknowledged_at   timestamptz,
    i_resolved_at       timestamptz)
returns tocsin_internal.status
language sql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.status_of(2)
--
--      Return the status of an alert with these times.  A single
--      expression, so that the planner can inline it.
-- ----------------------------------------------------------------------
    select case
        when i_resolved_at is not null
        then 'resolved'::tocsin_internal.status
        when i_acknowledged_at is not null
        then 'acknowledged'::tocsin_internal.status
        else 'open'::tocsin_internal.status end
$$;

comment on function tocsin_internal.status_of
is 'Return the status that the times of an alert tell.';
