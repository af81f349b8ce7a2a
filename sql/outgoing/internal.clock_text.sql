-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.clock_text(
    i_at    timestamptz,
    i_now   timestamptz)
returns text
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.clock_text(2)
--
--      Return a time for people, in the session's time zone: hour and
--      minute, and the date if that is not the one of i_now.
-- ----------------------------------------------------------------------
    select to_char(i_at, case when i_at::date = i_now::date then 'HH24:MI'
                              else 'YYYY-MM-DD HH24:MI' end)
$$;

comment on function tocsin_internal.clock_text
is 'Return a time for people.';
