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
--      Create the trigger that refuses TRUNCATE on the log of events or one
--      of its partitions, unless it exists and is enabled.  Partitions
--      inherit row triggers, but not this one.
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
is 'Protect the log or a partition of it from TRUNCATE.';
