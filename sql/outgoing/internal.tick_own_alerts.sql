-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tick_own_alerts(
    i_now           timestamptz,
    i_limit         integer,
    out o_done      integer,
    out o_next_at   timestamptz)
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tick_own_alerts(2)
--
--      The part of tick for tocsin's own alerts: create one for each of
--      own_troubles, and resolve those whose trouble is over, but no alert that
--      others have sent to the integration.  Routes apply as to any alert.
--      None is created while the integration is disabled.
-- ----------------------------------------------------------------------
declare
    _events tocsin_api.event_in[];
begin
    select array_agg(case when t.id is not null
               then own_event('create', t.id, t.title, t.description, i_now)
               else own_event('resolve', a.external_id, null, null, i_now)
               end)
      into _events
      from (
           select external_id
             from alert
            where integration_id = own_integration()
              and resolved_at is null
              and (external_id in ('dead_letters', 'relay', 'tick')
                   or starts_with(external_id, 'destination/'))) a
      full join own_troubles(i_now) t on t.id = a.external_id
     where t.id is null
        or a.external_id is null
           and exists (
               select from integration
                where enabled
                  and integration_id = own_integration());
    o_done := 0;
    if _events is not null then
        _events := _events[:i_limit];
        perform tocsin_api.ingest(_events);
        o_done := cardinality(_events);
    end if;
    select min(broken_since) + interval '5 minutes'
      into o_next_at
      from destination_state
     where broken_since > i_now - interval '5 minutes';
end;
$$;

comment on function tocsin_internal.tick_own_alerts
is 'Part of tick: open and resolve tocsin''s own alerts.';
