-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.is_matched(
    i_route tocsin_internal.route,
    i_alert tocsin_internal.alert)
returns boolean
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.is_matched(2)
--
--      Return whether an alert matches a route, regardless of other routes.
--      Silent alerts match none.  Without SET, so that it is inlined into
--      queries over many alerts.
-- ----------------------------------------------------------------------
    select i_route.enabled
        and i_alert.urgency <> 'silent'
        and i_alert.urgency >= i_route.urgency_min
        and coalesce(i_route.integration_id = i_alert.integration_id, true)
        and i_alert.tags @> i_route.tags
        and (i_alert.incident or not i_route.incident_only)
        and coalesce(i_alert.title ilike i_route.title_like, true)
$$;

comment on function tocsin_internal.is_matched
is 'Return whether an alert matches a route.';
