-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.iso_text(
    i_at    timestamptz)
returns text
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.iso_text(1)
--
--      Format a time for programs: RFC 3339, in UTC, with microseconds.
-- ----------------------------------------------------------------------
    select to_char(i_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

comment on function tocsin_internal.iso_text
is 'Format a time for programs.';
