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
--      Number each event as the first, second ... of its key.  An event of
--      an unknown integration writes nothing and always has number 1: a
--      stranger must not be able to cause many rounds.
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
is 'Number the rounds of a call in which a key occurs twice.';
