-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.guard_alert()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.guard_alert(0)
--
--      Trigger on alert: refuse the statement, the deletion of a live alert
--      or TRUNCATE, which ignores status, whoever runs it.
--
-- Raises:
--      TO001   - names what was tried and what is allowed
-- ----------------------------------------------------------------------
declare
    _what   text;
    _hint   text;
begin
    if tg_op = 'TRUNCATE' then
        _what := 'alerts cannot be truncated: some may be live';
        _hint := 'Resolved alerts can be deleted.';
    else
        _what := format('alert %s is %s and cannot be deleted',
            old.alert_id, old.status);
        _hint := 'Only resolved alerts can be deleted.';
    end if;
    raise exception using errcode = 'TO001', message = _what, hint = _hint;
end;
$$;

comment on function tocsin_internal.guard_alert
is 'Refuse to remove live alerts.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger alert_10_guard_delete
    after delete on tocsin_internal.alert
    for each row
    when (old.resolved_at is null)
    execute function tocsin_internal.guard_alert()$$);
end $do$;

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger alert_10_guard_truncate
    before truncate on tocsin_internal.alert
    for each statement
    execute function tocsin_internal.guard_alert()$$);
end $do$;

comment on trigger alert_10_guard_delete on tocsin_internal.alert
is 'Live alerts cannot be deleted.';
comment on trigger alert_10_guard_truncate on tocsin_internal.alert
is 'Alerts cannot be truncated, because some may be live.';
