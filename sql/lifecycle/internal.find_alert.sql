-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.find_alert(
    i_integration_id    text,
    i_external_id       text)
returns table (
    alert_id    uuid,
    status      tocsin_internal.status)
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.find_alert(2)
--
--      The alert that an event of this integration and Id speaks of: the
--      live one; failing that, the newest resolved one; or no row.  Takes
--      no setting of its own, so that the planner puts its text into the
--      query of who calls.
-- ----------------------------------------------------------------------
    (select l.alert_id, l.status
       from tocsin_internal.alert l
      where l.integration_id = i_integration_id
        and l.external_id = i_external_id
        and l.resolved_at is null)
    union all
    -- Only the index of resolved alerts has this order.  With = in place of
    -- the range, the primary key has it too, and where Ids are few the
    -- planner expects to meet the Id soon and walks through all history.
    (select r.alert_id, r.status
       from tocsin_internal.alert r
      where r.integration_id = i_integration_id
        and r.external_id between i_external_id and i_external_id
        and r.resolved_at is not null
      order by r.external_id, r.alert_id desc
      limit 1)
    limit 1
$$;

comment on function tocsin_internal.find_alert
is 'The live alert of an Id, else the newest resolved one.';
