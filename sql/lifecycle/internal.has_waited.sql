-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.has_waited(3)
--
--      Return whether later events of the same Id may have been stored
--      before this one, which then gives way to them: see find_overtaker.
--      It waited in a spool, or an operator sends again what was refused:
--      then the time in its id is that of its first arrival.  Both times
--      are of one host's clock, so a clock that is wrong does not count.
--
--      Has no SET clause, so that it can be inlined.  Compares labels with
--      enum_eq: see judge_event.
--
-- Parameters:
--      i_event_id, i_received_at   - as in event_in
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.has_waited(
    i_source        tocsin_internal.source,
    i_event_id      uuid,
    i_received_at   timestamptz)
returns boolean
language sql
stable
as $$
    select enum_eq(i_source, 'spool')
        or enum_eq(i_source, 'operator')
            and i_event_id < tocsin_internal.uuid_floor(
                i_received_at - interval '1 minute')
$$;

comment on function tocsin_internal.has_waited
is 'Return whether an event may have been overtaken by later ones.';
