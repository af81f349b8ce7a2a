-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.clock_text(
    i_at    timestamptz,
    i_now   timestamptz,
    i_zone  text)
returns text
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.clock_text(3)
--
--      Format a time for people: hour and minute in a time zone, with the date
--      if it is not that of i_now.
-- ----------------------------------------------------------------------
    select to_char(i_at at time zone i_zone,
               case when (i_at at time zone i_zone)::date
                       = (i_now at time zone i_zone)::date
                    then 'HH24:MI' else 'YYYY-MM-DD HH24:MI' end)
$$;

comment on function tocsin_internal.clock_text
is 'Format a time for people.';
