-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.mark_deleted()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.mark_deleted(0)
--
--      Trigger on alert: have the views compute the hours and days in which
--      deleted alerts were counted.
-- ----------------------------------------------------------------------
begin
    perform mark_alerts(array_agg(integration_id), array_agg(external_id),
               array_agg(alert_id), array_agg(created_at), '-infinity')
       from gone;
    return null;
end;
$$;

comment on function tocsin_internal.mark_deleted
is 'Have views compute the hours and days of deleted alerts.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger alert_20_mark_deleted
    after delete on tocsin_internal.alert
    referencing old table as gone
    for each statement
    execute function tocsin_internal.mark_deleted()$$);
end $do$;

comment on trigger alert_20_mark_deleted on tocsin_internal.alert
is 'Stored figures do not count deleted alerts.';
