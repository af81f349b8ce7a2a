-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.demo_random(
    i_seed  bigint,
    i_key   text)
returns double precision
language sql
immutable
strict
parallel safe
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.demo_random(2)
--
--      A number from 0 up to 1 that looks like chance and is the same for
--      the same seed and key, in whatever order a query asks.
-- ----------------------------------------------------------------------
    select (hashtextextended(i_key, i_seed) & 9007199254740991)
           / 9007199254740992::double precision
$$;

comment on function tocsin_internal.demo_random
is 'Chance that can be repeated, for the demonstration.';
