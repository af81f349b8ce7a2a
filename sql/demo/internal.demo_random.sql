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
--      Return a pseudorandom number in [0, 1) that depends only on seed and
--      key, not on the order in which a query calls it.
-- ----------------------------------------------------------------------
    select (hashtextextended(i_key, i_seed) & 9007199254740991)
           / 9007199254740992::double precision
$$;

comment on function tocsin_internal.demo_random
is 'Return a reproducible random number, for the demonstration.';
