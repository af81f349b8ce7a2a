-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.demo_remove()
returns tocsin_api.demo_summary
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.demo_remove(0)
--
--      Remove the integrations that demo_data created, with all their
--      alerts and events, and nothing else.
--
-- Returns:
--      how much was removed
-- Locks:
--      row             - the integrations: events sent to them wait
-- ----------------------------------------------------------------------
declare
    _ids        text[];
    _summary    tocsin_api.demo_summary;
begin
    select array_agg(i.integration_id)
      into _ids
      from (select integration_id
              from integration
             where is_demo
               for update) i;

    perform mark_stale(array_agg(integration_id), array_agg(received_at),
               '-infinity')
       from event where integration_id = any (_ids);
    -- A live alert cannot be deleted.
    update alert
       set status = 'resolved',
           resolved_at = greatest(now(), last_event_at)
     where integration_id = any (_ids)
       and resolved_at is null;
    delete from alert where integration_id = any (_ids);
    get diagnostics _summary.alert_count = row_count;
    perform set_config('tocsin.removes_events', 'on', true);
    delete from event where integration_id = any (_ids);
    get diagnostics _summary.event_count = row_count;
    perform set_config('tocsin.removes_events', 'off', true);
    delete from integration where integration_id = any (_ids);
    get diagnostics _summary.integration_count = row_count;
    return _summary;
end;
$$;

comment on function tocsin_api.demo_remove
is 'Remove what demo_data created.';
