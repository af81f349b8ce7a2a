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
--      Do not watch integrations any more that no route concerns, unless
--      somebody was told of a live alert, who must be told that it is over.
--
-- Locks:
--      advisory, (1953457012, 2)   - see watch_integration
-- ----------------------------------------------------------------------
begin
    -- Routes that others are creating are then seen.
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
is 'End the watch of integrations that no route concerns.';
