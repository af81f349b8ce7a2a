-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.watch_integration()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.watch_integration(0)
--
--      Trigger on integration: watch a new one that a route may concern,
--      unless it belongs to the demonstration.
--
-- Locks:
--      advisory, (1953457012, 2)   - shared; watch_integrations takes it
--      exclusively, so that if one session creates an integration and another
--      a route, the later one sees what the other has created
-- ----------------------------------------------------------------------
begin
    perform pg_advisory_xact_lock_shared(1953457012, 2);
    new.watched := new.watched
        or not new.is_demo and is_routed(new.integration_id);
    return new;
end;
$$;

comment on function tocsin_internal.watch_integration
is 'Watch a new integration that a route may concern.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger integration_20_watch
    before insert on tocsin_internal.integration
    for each row
    execute function tocsin_internal.watch_integration()$$);
end $do$;

comment on trigger integration_20_watch on tocsin_internal.integration
is 'A new integration is watched if a route may concern it.';
