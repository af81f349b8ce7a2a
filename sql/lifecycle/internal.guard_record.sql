-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.guard_record()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.guard_record(0)
--
--      Trigger on tables that are written once, the log of events and the
--      table of transitions: refuse the statement, whoever runs it.
--
-- Raises:
--      TO001   - names the table and the operation
-- ----------------------------------------------------------------------
begin
    raise exception using errcode = 'TO001',
        message = format('%s of table %I.%I is not allowed',
            lower(tg_op), tg_table_schema, tg_table_name),
        hint = case when tg_table_name = 'transition'
            then 'Only a new version of the schema may change it.'
            else 'The log is append-only; tocsin_api.maintain removes old'
                || ' events.' end;
end;
$$;

comment on function tocsin_internal.guard_record
is 'Refuse changes to tables that are written once.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger event_10_guard_update
    before update on tocsin_internal.event
    for each row
    execute function tocsin_internal.guard_record()$$);
end $do$;

-- Functions that remove events turn this setting on while they do.  It
-- prevents accidents, not a determined owner, who could also drop the
-- trigger.
do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger event_10_guard_delete
    before delete on tocsin_internal.event
    for each row
    when (current_setting('tocsin.removes_events', true) is distinct from 'on')
    execute function tocsin_internal.guard_record()$$);
end $do$;

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger transition_10_guard
    before insert or update or delete or truncate
    on tocsin_internal.transition
    for each statement
    execute function tocsin_internal.guard_record()$$);
end $do$;

comment on trigger event_10_guard_update on tocsin_internal.event
is 'The log is append-only.';
comment on trigger event_10_guard_delete on tocsin_internal.event
is 'Only functions of tocsin may remove events.';
comment on trigger transition_10_guard on tocsin_internal.transition
is 'The lifecycle changes only with the version of the schema.';

do $$ begin
    perform tocsin_internal.guard_truncate(relid)
       from pg_partition_tree('tocsin_internal.event');
end $$;
