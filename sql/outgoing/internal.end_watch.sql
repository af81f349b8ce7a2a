-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.end_watch()
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.end_watch(0)
--
--      Stop watching integrations that no route concerns, unless a destination
--      was told of a live alert: it must be told when the alert is resolved.
--
-- Locks:
--      advisory, (1953457012, 2)   - see watch_integration
-- ----------------------------------------------------------------------
begin
    -- After this, routes that others were creating are visible.
    perform pg_advisory_xact_lock(1953457012, 2);
    update integration i
       set watched = false
     where i.watched
       and not is_routed(i.integration_id)
       and not exists (select from outbox)
       and not exists (
           select from alert a
             join delivery v on v.alert_id = a.alert_id
            where a.integration_id = i.integration_id
              and a.resolved_at is null
              and v.state <> 'cancelled');
end;
$$;

comment on function tocsin_internal.end_watch
is 'Stop watching integrations that no route concerns.';
