-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.pass_known(
    i_turn      integer[],
    i_event_id  uuid[])
returns integer[]
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.pass_known(2)
--
--      The turns, with 0 for each event that is in the log already: it
--      is not applied again.
-- ----------------------------------------------------------------------
    select array_agg(case when e.event_id is null then u.turn else 0 end
                     order by u.place)
      from unnest(i_turn, i_event_id) with ordinality
               as u(turn, event_id, place)
      left join tocsin_internal.event e using (event_id)
$$;

comment on function tocsin_internal.pass_known(integer[], uuid[])
is 'Take events out of the rounds that are in the log already.';
