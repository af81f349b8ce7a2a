-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.guard_integration()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.guard_integration(0)
--
--      Trigger on integration: refuse, for every writer, to delete an
--      integration that has alerts, to change its id, and TRUNCATE.
--
--      guard_begin locks the row that this statement has changed, so each
--      sees what the other has committed.  A snapshot taken before the
--      statement would not, hence no repeatable read.
--
-- Raises:
--      23503   - it has alerts
--      25001   - the isolation level is not read committed
--      TO001   - TRUNCATE
-- ----------------------------------------------------------------------
begin
    if tg_op = 'TRUNCATE' then
        raise exception using errcode = 'TO001',
            message = 'integrations cannot be truncated: some may have alerts',
            hint = 'Integrations without alerts can be deleted.';
    end if;
    if current_setting('transaction_isolation')
        in ('repeatable read', 'serializable')
    then
        raise exception using errcode = '25001',
            message = format('cannot remove an integration in a %s'
                || ' transaction', current_setting('transaction_isolation')),
            hint = 'Use BEGIN ISOLATION LEVEL READ COMMITTED.';
    end if;
    if exists (
        select from alert where integration_id = old.integration_id)
    then
        raise exception using errcode = '23503',
            message = format('integration %s has alerts', old.integration_id),
            hint = 'Disable it instead, or delete its alerts first.',
            schema = tg_table_schema, table = tg_table_name;
    end if;
    return null;
end;
$$;

comment on function tocsin_internal.guard_integration
is 'Refuse to remove integrations that have alerts.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger integration_10_guard_delete
    after delete on tocsin_internal.integration
    for each row
    execute function tocsin_internal.guard_integration()$$);
end $do$;

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger integration_10_guard_update
    after update on tocsin_internal.integration
    for each row
    when (new.integration_id <> old.integration_id)
    execute function tocsin_internal.guard_integration()$$);
end $do$;

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger integration_10_guard_truncate
    before truncate on tocsin_internal.integration
    for each statement
    execute function tocsin_internal.guard_integration()$$);
end $do$;

comment on trigger integration_10_guard_delete
    on tocsin_internal.integration
is 'An integration that has alerts cannot be deleted.';
comment on trigger integration_10_guard_update
    on tocsin_internal.integration
is 'The id of an integration that has alerts cannot be changed.';
comment on trigger integration_10_guard_truncate
    on tocsin_internal.integration
is 'Integrations cannot be truncated, because some may have alerts.';
