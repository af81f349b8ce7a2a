-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.is_open(
    d       tocsin_internal.destination,
    i_at    timestamptz)
returns boolean
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.is_open(2)
--
--      Return whether a time is within the hours of a destination.  Hours
--      that end before they begin span midnight and belong to the day on which
--      they begin.
-- ----------------------------------------------------------------------
begin
    return d.hours_from is null or exists (
        select
          from (select i_at at time zone d.hours_zone as at) clock
         cross join lateral (values (at, at::time >= d.hours_from
                   and (at::time < d.hours_to or d.hours_to < d.hours_from)),
               (at - interval '1 day', at::time < d.hours_to
                   and d.hours_to < d.hours_from)) as began(at, is_within)
         where began.is_within
           and coalesce(extract(isodow from began.at) = any (d.hours_days),
               true));
end;
$$;

comment on function tocsin_internal.is_open
is 'Return whether a time is within the hours of a destination.';
