-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.watch_integrations()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.watch_integrations(0)
--
--      Trigger on route: watch all integrations that a route may concern,
--      except the demonstration's.  Only tick stops watching: see end_watch.
--
-- Locks:
--      advisory, (1953457012, 2)   - see watch_integration
-- ----------------------------------------------------------------------
begin
    perform pg_advisory_xact_lock(1953457012, 2);
    update integration
       set watched = true
     where not watched
       and not is_demo
       and is_routed(integration_id);
    return null;
end;
$$;

comment on function tocsin_internal.watch_integrations
is 'Watch the integrations that routes may concern.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger route_20_watch
    after insert or update on tocsin_internal.route
    for each statement
    execute function tocsin_internal.watch_integrations()$$);
end $do$;

comment on trigger route_20_watch on tocsin_internal.route
is 'Integrations that a route may concern are watched.';
