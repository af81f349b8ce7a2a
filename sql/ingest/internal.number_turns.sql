-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.number_turns(
    i_integration_id    text[],
    i_external_id       text[])
returns integer[]
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.number_turns(2)
--
--      For each event whether it is the first, second ... of its key.  What
--      is of no integration writes nothing and need not take turns: a
--      stranger must not be able to make a call of many rounds.
-- ----------------------------------------------------------------------
    select array_agg(case when i.integration_id is null then 1
               else t.turn::integer end order by t.place)
      from (select row_number() over (
                       partition by u.integration_id, u.external_id
                       order by u.place) as turn,
                   u.place, u.integration_id
              from unnest(i_integration_id, i_external_id)
                       with ordinality as u(integration_id, external_id, place)
           ) t
      left join tocsin_internal.integration i using (integration_id)
$$;

comment on function tocsin_internal.number_turns
is 'The round of each event of a call in which a key comes twice.';
