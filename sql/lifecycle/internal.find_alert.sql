-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.find_alert(2)
--
--      Return the alert that an event with this integration and Id refers
--      to: the live one; failing that, the newest resolved one; or no row.
--      Has no SET clause, so that the planner can inline it.
--
--      BEGIN ATOMIC, because PostgreSQL then stores which operators it
--      means.  To find those of a domain or an enumerated type it compares
--      those of all types: a quarter of the first call of a session, the
--      only one under CGI.
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.find_alert(
    i_integration_id    text,
    i_external_id       text)
returns table (
    alert_id    uuid,
    status      tocsin_internal.status)
language sql
stable
begin atomic
    (select l.alert_id, l.status
       from tocsin_internal.alert l
      where l.external_id = i_external_id
        and l.integration_id = i_integration_id
        and l.resolved_at is null)
    union all
    -- Only the index of resolved alerts has this order.  With = instead of
    -- the range the primary key has it too, and if there are few Ids the
    -- planner expects to find this one soon and scans all history.
    (select r.alert_id, r.status
       from tocsin_internal.alert r
      where r.external_id = i_external_id
        and r.integration_id between i_integration_id and i_integration_id
        and r.resolved_at is not null
      order by r.integration_id, r.alert_id desc
      limit 1)
    limit 1;
end;

comment on function tocsin_internal.find_alert
is 'Return the live alert of an Id, else the newest resolved one.';
