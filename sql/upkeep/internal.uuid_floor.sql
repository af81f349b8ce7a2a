-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.uuid_floor(
    i_at    timestamptz)
returns uuid
language sql
immutable
strict
parallel safe
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.uuid_floor(1)
--
--      Return the UUID that sorts before every UUIDv7 of i_at and later,
--      and after every UUIDv7 of an earlier millisecond.
-- ----------------------------------------------------------------------
    select rpad(
        lpad(to_hex(floor(extract(epoch from i_at) * 1000)::bigint), 12, '0'),
        32, '0')::uuid
$$;

comment on function tocsin_internal.uuid_floor
is 'Return the lowest UUIDv7 of a time, as a partition bound.';
