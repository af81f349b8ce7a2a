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
set enable_bitmapscan = off
set enable_sort = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.has_due(4)
--
--      Return whether a delivery to a destination was due by a time and is
--      within its hours now.  held_by says whether messages may be sent to the
--      destination at all.
--
--      Reads in the order of delivery_due_idx and stops at the first one:
--      without statistics the planner takes all that waits for one page of an
--      index, and would read and sort it.
-- ----------------------------------------------------------------------
declare
    _is_open    constant boolean := is_open(d, i_now);
begin
    -- Not by exists, which drops the order.
    perform from delivery w
      where w.destination_id = d.destination_id
        and w.state = 'due'
        and w.due_at >= s.due_from
        and w.due_at <= i_by
        and (_is_open or w.urgency >= d.hours_urgency)
      order by w.due_at, w.delivery_id
      limit 1;
    return found;
end;
$$;

comment on function tocsin_internal.has_due
is 'Return whether something is due at a destination.';
