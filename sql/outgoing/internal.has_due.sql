-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.has_due(
    d       tocsin_internal.destination,
    s       tocsin_internal.destination_state,
    i_by    timestamptz,
    i_now   timestamptz)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
set enable_seqscan = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.has_due(4)
--
--      Return whether something waits for a destination that was due by a
--      time and that its hours allow now.  Whether the destination may be
--      told at all is said by held_by.
--
--      Reads in the order of an index, so that the first is found and no
--      more.
-- ----------------------------------------------------------------------
declare
    _is_open    constant boolean := is_open(d, i_now);
begin
    return exists (
        select
          from delivery w
         where w.destination_id = d.destination_id
           and w.state = 'due'
           and w.due_at >= s.due_from
           and w.due_at <= i_by
           and (_is_open or w.urgency >= d.hours_urgency)
         order by w.due_at, w.delivery_id
         limit 1);
end;
$$;

comment on function tocsin_internal.has_due
is 'Return whether something is due at a destination.';
