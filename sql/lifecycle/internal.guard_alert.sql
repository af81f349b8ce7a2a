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
--      Trigger on alert: refuse, for every writer, an alert that does not
--      begin as transition allows, the deletion of a live alert, and
--      TRUNCATE, which ignores status.  Runs after an insert, because only
--      then can no other trigger still change the row.
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
    elsif tg_op = 'DELETE' then
        _what := format('alert %s is %s and cannot be deleted',
            old.alert_id, old.status);
        _hint := 'Only resolved alerts can be deleted.';
    elsif not exists (
        select from transition t
         where t.from_status = 'none'
           and t.to_status = new.status
           and t.outcome = 'created'
           and (t.overtaken_by = 'nothing'
               or exists (
                   select from event e
                    where e.event_id = new.resolve_id
                      and e.event_id > new.alert_id
                      and e.integration_id = new.integration_id
                      and e.external_id = new.external_id
                      and e.event_type = 'resolve'
                      and e.outcome = 'ignored')))
    then
        _what := format('an alert cannot begin as %s', new.status);
        _hint := 'See the table tocsin_internal.transition.';
    end if;
    if _what is not null then
        raise exception using errcode = 'TO001', message = _what,
            hint = _hint;
    end if;
    return null;
end;
$$;

comment on function tocsin_internal.guard_alert
is 'Refuse inserts and deletes that the lifecycle does not allow.';

-- Every alert that ingest creates begins as open, which transition always
-- allows; the WHEN saves it the query.
do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger alert_10_guard_insert
    after insert on tocsin_internal.alert
    for each row
    when (new.status <> 'open')
    execute function tocsin_internal.guard_alert()$$);
end $do$;

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

comment on trigger alert_10_guard_insert on tocsin_internal.alert
is 'An alert begins in a status that the lifecycle allows.';
comment on trigger alert_10_guard_delete on tocsin_internal.alert
is 'Live alerts cannot be deleted.';
comment on trigger alert_10_guard_truncate on tocsin_internal.alert
is 'Alerts cannot be truncated, because some may be live.';
