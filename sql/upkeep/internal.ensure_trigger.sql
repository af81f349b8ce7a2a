-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.ensure_trigger(
    i_statement text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.ensure_trigger(1)
--
--      Create or replace a trigger, unless it already exists in this form:
--      replacing one blocks events on its table until the transaction
--      ends.
--
-- Parameters:
--      i_statement     - create or replace trigger NAME ...
--                        on tocsin_internal.TABLE ...
-- Raises:
--      55P03           - see lock_soon
-- Locks:
--      TABLE           - share row exclusive, if the trigger differs
-- ----------------------------------------------------------------------
declare
    _name   constant text := (regexp_match(i_statement,
                E'\\mtrigger\\s+(\\w+)'))[1];
    _table  constant text := (regexp_match(i_statement,
                E'\\mon\\s+(tocsin_internal\\.\\w+)'))[1];
    _wanted text;
begin
    -- Create it on a table with the same columns to get PostgreSQL's form of
    -- its definition, which differs between releases.
    execute format('create table tocsin_internal.model (like %s)', _table);
    execute regexp_replace(i_statement, E'(\\mon\\s+)tocsin_internal\\.\\w+',
        E'\\1tocsin_internal.model');
    select replace(pg_get_triggerdef(oid), ' tocsin_internal.model ',
               format(' %s ', _table))
      into _wanted
      from pg_trigger
     where tgrelid = to_regclass('tocsin_internal.model');
    drop table tocsin_internal.model;

    if not exists (
        select from pg_trigger
         where tgrelid = _table::regclass
           and tgname = _name
           and tgenabled = 'O'
           and pg_get_triggerdef(oid) = _wanted)
    then
        perform tocsin_internal.lock_soon(_table::regclass, i_statement);
    end if;
end;
$$;

comment on function tocsin_internal.ensure_trigger
is 'Create or replace a trigger unless it already has this form.';
