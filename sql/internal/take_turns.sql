-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.take_turns(
    i_integration_id    text[],
    i_external_id       text[])
returns integer[]
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.take_turns(2)
--
--      For each event, whether it is the first, second ... of its key.
--      Events with the same turn never speak of the same alert.
-- ----------------------------------------------------------------------
    select array_agg(t.turn::integer order by t.place)
      from (select row_number() over (
                       partition by u.integration_id, u.external_id
                       order by u.place) as turn,
                   u.place
              from unnest(i_integration_id, i_external_id) with ordinality
                       as u(integration_id, external_id, place)) t
$$;

comment on function tocsin_internal.take_turns(text[], text[])
is 'In which round each event of a batch is applied.';
