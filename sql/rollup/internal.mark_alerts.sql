-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.mark_alerts(
    i_integration_id    text[],
    i_external_id       text[],
    i_alert_id          uuid[],
    i_created_at        timestamptz[],
    i_marked_at         timestamptz default now())
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.mark_alerts(5)
--
--      Have the views compute the hours and days in which alerts are
--      counted that this transaction creates, changes or deletes, and those
--      in which the next alert of each Id is: its since_previous_seconds
--      depends on the alert before.
--
-- Parameters:
--      i_marked_at     - see mark_stale
--      the others      - as columns of alert, arrays of one length
-- Locks:
--      see mark_stale
-- ----------------------------------------------------------------------
declare
    _ids    text[];
    _times  timestamptz[];
begin
    -- By the indexes of live and of resolved alerts: see find_alert.
    select array_agg(c.integration_id), array_agg(n.created_at)
      into _ids, _times
      from unnest(i_integration_id, i_external_id, i_alert_id)
           c(integration_id, external_id, alert_id)
     cross join lateral (
           (select l.created_at
              from alert l
             where l.integration_id = c.integration_id
               and l.external_id = c.external_id
               and l.resolved_at is null
               and l.alert_id > c.alert_id)
            union all
           (select r.created_at
              from alert r
             where r.external_id = c.external_id
               and r.integration_id between c.integration_id
                   and c.integration_id
               and r.resolved_at is not null
               and r.alert_id > c.alert_id
             order by r.integration_id desc, r.alert_id
             limit 1)) n;
    perform mark_stale(i_integration_id || _ids, i_created_at || _times,
        i_marked_at);
end;
$$;

comment on function tocsin_internal.mark_alerts
is 'Have views compute the hours and days in which alerts are counted.';
