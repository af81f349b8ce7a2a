-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.make_event_id(
    i_at    timestamptz,
    i_what  text)
returns uuid
language sql
immutable
strict
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.make_event_id(2)
--
--      Return the UUIDv7 of a time, with bits of a hash of i_what in place of
--      random ones, so that an event that is made twice has the same id.
-- ----------------------------------------------------------------------
    select overlay(overlay(
               substr(replace(tocsin_internal.uuid_floor(i_at)::text, '-', ''),
                   1, 12) || substr(md5(i_what), 13)
               placing '7' from 13) placing '8' from 17)::uuid
$$;

comment on function tocsin_internal.make_event_id
is 'Return the id of an event that tick makes.';
