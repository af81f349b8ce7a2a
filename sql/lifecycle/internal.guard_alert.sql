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
--      Trigger on alert: refuses, whoever writes, an alert that does not
--      begin as transition says, the deletion of a live one, and TRUNCATE,
--      which does not look at status.  After a row is inserted, as only
--      then no other trigger can change it any more.
--
-- Raises:
--      TO001   - with what was tried, and how it is done instead
-- ----------------------------------------------------------------------
declare
    _what   text;
    _hint   text;
begin
    if tg_op = 'TRUNCATE' then
        _what := 'alerts cannot be truncated, since some may be live';
        _hint := 'Resolved alerts can be deleted.';
    elsif tg_op = 'DELETE' then
        _what := format('alert %s is %s and cannot be deleted',
            old.alert_id, old.status);
        _hint := 'Only resolved alerts can be deleted.';
    elsif not exists (
        select from transition
         where from_status = 'none'
           and to_status = new.status
           and outcome = 'created')
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
is 'Refuses what the lifecycle does not allow, whoever writes.';

-- Every alert that ingest makes begins as open, which transition allows for
-- good; the WHEN spares it the question.
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
is 'An alert begins as the lifecycle says.';
comment on trigger alert_10_guard_delete on tocsin_internal.alert
is 'A live alert is not deleted.';
comment on trigger alert_10_guard_truncate on tocsin_internal.alert
is 'Nothing deletes alerts without looking at their status.';
