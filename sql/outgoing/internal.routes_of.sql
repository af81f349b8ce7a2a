-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.routes_of(
    i_alert tocsin_internal.alert)
returns setof tocsin_internal.route
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.routes_of(1)
--
--      Return the routes that an alert takes: of those that it matches, in
--      order, up to the first that does not continue.  Without SET, so that it
--      is inlined into queries over many alerts.
-- ----------------------------------------------------------------------
    select (m.r).*
      from (
           select r, coalesce(bool_and(r.continues) over (
                       order by r.position
                        rows between unbounded preceding and 1 preceding),
                   true) as is_reached
             from tocsin_internal.route r
            where tocsin_internal.is_matched(r, i_alert)) m
     where m.is_reached
     order by (m.r).position
$$;

comment on function tocsin_internal.routes_of
is 'Return the routes that an alert takes.';
