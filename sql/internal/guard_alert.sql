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
--      Trigger on alert: refuses, whoever writes, an insert or update of
--      status that is no row of transition, a change of what an alert is
--      known by, and the deletion of a live alert.
--
-- Raises:
--      TO001   - with what was tried, and how it is done instead
-- ----------------------------------------------------------------------
begin
    if tg_op = 'DELETE' then
        raise exception using errcode = 'TO001',
            message = format('alert %s is %s and cannot be deleted',
                old.alert_id, old.status),
            hint = 'Only resolved alerts can be deleted.';
    end if;

    if tg_op = 'INSERT' then
        if not exists (
            select from transition
             where from_status = 'none'
               and to_status = new.status
               and outcome = 'created')
        then
            raise exception using errcode = 'TO001',
                message = format('an alert cannot begin as %s', new.status),
                hint = 'See the table tocsin_internal.transition.';
        end if;
        return new;
    end if;

    if (new.alert_id, new.integration_id, new.external_id, new.created_at)
        is distinct from
       (old.alert_id, old.integration_id, old.external_id, old.created_at)
    then
        raise exception using errcode = 'TO001',
            message = format('what alert %s is known by cannot be changed',
                old.alert_id),
            hint = 'alert_id, integration_id, external_id and created_at'
                || ' are kept for good.';
    end if;

    if new.status <> old.status and not exists (
        select from transition
         where from_status = old.status
           and to_status = new.status
           and outcome <> 'created')
    then
        raise exception using errcode = 'TO001',
            message = format('alert %s cannot go from %s to %s',
                old.alert_id, old.status, new.status),
            hint = 'See the table tocsin_internal.transition.';
    end if;
    return new;
end;
$$;

comment on function tocsin_internal.guard_alert()
is 'Refuses what the lifecycle does not allow, whoever writes.';

-- Every alert that ingest makes begins as open, which transition allows for
-- good; the WHEN spares it the question.
create or replace trigger alert_10_guard_insert
    before insert on tocsin_internal.alert
    for each row
    when (new.status <> 'open')
    execute function tocsin_internal.guard_alert();

create or replace trigger alert_10_guard_update
    before update on tocsin_internal.alert
    for each row
    when (new.status <> old.status
        or new.alert_id <> old.alert_id
        or new.integration_id <> old.integration_id
        or new.external_id <> old.external_id
        or new.created_at <> old.created_at)
    execute function tocsin_internal.guard_alert();

create or replace trigger alert_10_guard_delete
    before delete on tocsin_internal.alert
    for each row
    when (old.resolved_at is null)
    execute function tocsin_internal.guard_alert();

comment on trigger alert_10_guard_insert on tocsin_internal.alert
is 'An alert begins as the lifecycle says.';
comment on trigger alert_10_guard_update on tocsin_internal.alert
is 'A status moves as the lifecycle says; identity stays.';
comment on trigger alert_10_guard_delete on tocsin_internal.alert
is 'A live alert is not deleted.';
