-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.pass_known(
    i_events    tocsin_api.event_in[],
    i_turn      integer[],
    i_round     integer)
returns integer[]
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.pass_known(3)
--
--      Return i_turn with 0 for each event that is already in the log
--      although its round is still to come, so that it is not applied
--      again.
-- ----------------------------------------------------------------------
    select array_agg(
               case when i_turn[u.ordinality::integer] >= i_round
                       and e.event_id is not null
                   then 0 else i_turn[u.ordinality::integer] end
               order by u.ordinality)
      from unnest(i_events) with ordinality u
      left join tocsin_internal.event e using (event_id)
$$;

comment on function tocsin_internal.pass_known
is 'Skip events that are already in the log.';
