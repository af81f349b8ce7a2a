-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.clock_us()
returns bigint
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.clock_us(0)
--
--      Return the database's clock, in microseconds since 1970, for a host
--      to compare with its own.
-- ----------------------------------------------------------------------
    select (extract(epoch from clock_timestamp()) * 1000000)::bigint
$$;

comment on function tocsin_api.clock_us
is 'Return the database''s clock, in microseconds since 1970.';
