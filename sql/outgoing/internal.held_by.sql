-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.held_by(
    d       tocsin_internal.destination,
    s       tocsin_internal.destination_state,
    i_now   timestamptz)
returns text
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.held_by(3)
--
--      Return why nothing is sent to a destination at a time: disabled,
--      breaker, gap, slow, sending or per_hour.  Null: messages may be sent.
--
--      Compares the times of attempts as rows, so that it does not read those
--      of other destinations, which may be many more.
-- ----------------------------------------------------------------------
begin
    return case
        when not d.enabled then 'disabled'
        when s.open_until > i_now then 'breaker'
        when s.rests_until > i_now then s.rests_for
        when d.per_hour is not null and exists (
            select
              from attempt a
             where a.destination_id = d.destination_id
               and (a.destination_id, a.at)
                   > (d.destination_id, i_now - interval '1 hour')
            offset d.per_hour - 1) then 'per_hour' end;
end;
$$;

comment on function tocsin_internal.held_by
is 'Return why nothing is sent to a destination.';
