-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.number_turns(
    i_events    tocsin_api.event_in[])
returns integer[]
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.number_turns(1)
--
--      For each event whether it is the first, second ... of its key.  What
--      is of no integration writes nothing and need not take turns: a
--      stranger must not be able to make a call of many rounds.
-- ----------------------------------------------------------------------
    select array_agg(case when i.integration_id is null then 1
               else t.turn::integer end order by t.ordinality)
      from (select row_number() over (
                       partition by e.integration_id, e.external_id
                       order by e.ordinality) as turn,
                   e.ordinality, e.integration_id
              from unnest(i_events) with ordinality e) t
      left join tocsin_internal.integration i using (integration_id)
$$;

comment on function tocsin_internal.number_turns
is 'The round of each event of a call in which a key comes twice.';
