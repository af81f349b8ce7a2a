-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.guard_truncate(
    i_table     regclass)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.guard_truncate(1)
--
--      Give the log of events, or one of its partitions, the trigger that
--      refuses TRUNCATE, unless it has it, enabled.  A partition does not
--      inherit it, as it does the triggers for each row.
-- ----------------------------------------------------------------------
begin
    if exists (
        select from pg_trigger
         where tgrelid = i_table
           and tgname = 'event_10_guard_truncate'
           and tgenabled = 'O')
    then
        return;
    end if;
    execute format('create or replace trigger event_10_guard_truncate'
        ' before truncate on %s for each statement'
        ' execute function tocsin_internal.guard_record()', i_table);
    execute format('comment on trigger event_10_guard_truncate on %s'
        ' is %L', i_table, 'The log is never emptied.');
end;
$$;

comment on function tocsin_internal.guard_truncate
is 'Let nobody truncate the log or a partition of it.';
