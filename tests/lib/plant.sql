-- SPDX-License-Identifier: ISC
--
-- Plant what a stranger would in a schema where they may create: operators
-- and functions that fit calls of ours better than those of pg_catalog, and
-- types, tables and views of the names that we use.  Each raises an error
-- that names who ran it.
--
--      psql -d DATABASE -v schema=public -v names='{now, format}' \
--          -v operators='{+, =}' -f tests/lib/plant.sql
--
-- names are the functions of pg_catalog to plant variants of, operators its
-- operators: without, all that we use.

\set ON_ERROR_STOP on
set client_min_messages = warning;
set search_path = pg_catalog;
set plant.schema = :'schema';
set plant.names = :'names';
\if :{?operators}
\else
    \set operators '{+, -, *, /, %, <, >, <=, >=, =, <>, ||, ~, !~, &}'
\endif
set plant.operators = :'operators';

create function :"schema".planted() returns boolean language plpgsql
as $$ begin
    raise exception using errcode = 'PLANT',
        message = format('PLANTED object ran as %s', current_user);
end $$;

-- Operators of two common types, where pg_catalog has none of just these.
do $plant$
declare
    _schema     constant text := current_setting('plant.schema');
    _result     text;
    _function   text;
    _p          record;
begin
    for _p in
        select o.name, l.type as l, r.type as r
          from unnest(current_setting('plant.operators')::text[]) o(name),
               unnest('{int4, int8, numeric, float8, text, varchar, name,
                   timestamptz, timestamp, date, interval, bool, oid, uuid,
                   jsonb, int4[], text[], uuid[], name[]}'::regtype[])
                   l(type),
               unnest('{int4, int8, numeric, float8, text, varchar, name,
                   timestamptz, timestamp, date, interval, bool, oid, uuid,
                   jsonb, int4[], text[], uuid[], name[], regclass}'
                   ::regtype[]) r(type)
         where not exists (
               select from pg_operator x
                where x.oprname = o.name
                  and x.oprleft = l.type
                  and x.oprright = r.type)
    loop
        begin
            execute format('select pg_typeof(null::%s %s null::%s)',
                    _p.l, _p.name, _p.r)
               into _result;
        exception when others then
            continue;
        end;
        _function := 'op_' || md5(format('%s %s %s', _p.l, _p.name, _p.r));
        execute format('create function %I.%I(%s, %s) returns %s'
            || ' language plpgsql as %L', _schema, _function, _p.l, _p.r,
            _result, format('begin raise exception using errcode = ''PLANT'','
                || ' message = format(''PLANTED %%s ran as %%s'', %L,'
                || ' current_user); end', format('%s %s %s', _p.l, _p.name,
                    _p.r)));
        execute format('create operator %I.%s (leftarg = %s, rightarg = %s,'
            || ' function = %I.%I)', _schema, _p.name, _p.l, _p.r, _schema,
            _function);
    end loop;
end;
$plant$;

-- The types that an argument may have for which pg_catalog has i_type.
create function :"schema".fitting(i_type oid)
returns setof text language sql set search_path = pg_catalog as $$
    select unnest(case
               when t.typname ~ '^any(|element|nonarray|compatible)$'
               then '{text, name, int4, int8, uuid, timestamptz}'::text[]
               when t.typname ~ '^any(compatible)?array$'
               then '{text[], name[], int4[], uuid[], bool[], timestamptz[],
                   bytea[], jsonb[]}'
               when t.typname !~ '^any|^internal$|^cstring$'
               then array[format_type(t.oid, null)] end)
      from pg_type t
     where t.oid = i_type
     union
    select format_type(castsource, null)
      from pg_cast
     where casttarget = i_type
       and castcontext = 'i'
       and castsource in ('int4'::regtype, 'int8'::regtype,
               'numeric'::regtype, 'text'::regtype, 'varchar'::regtype,
               'name'::regtype, 'timestamp'::regtype, 'date'::regtype,
               'regclass'::regtype)
$$;

-- The lists of types that fit as well as those of a function.
create function :"schema".signatures(i_arguments oid[], i_variadic boolean)
returns setof text[] language plpgsql set search_path = pg_catalog as $$
begin
    return query execute format('
    with recursive place as (
        select n, type
          from unnest($1) with ordinality as a(type, n)
         union all
        select n + cardinality($1), ($1)[cardinality($1)]
          from generate_series(1, case when $2 then 2 else 0 end) n),
    built as (
        select 0::bigint as n, ''{}''::text[] as types
         union all
        select b.n + 1, b.types || f.type
          from built b
          join place p on p.n = b.n + 1
         cross join lateral %I.fitting(p.type) f(type))
    select types from built where n >= cardinality($1)',
    current_setting('plant.schema')) using i_arguments, i_variadic;
end;
$$;

-- Functions whose arguments fit better, where pg_catalog has none of just
-- these.
do $plant$
declare
    _schema     constant text := current_setting('plant.schema');
    _result     text;
    _p          record;
    _types      text[];
begin
    for _p in
        select distinct on (p.proname, p.proargtypes)
               p.proname, p.proargtypes::oid[] as arguments,
               p.provariadic <> 0 as variadic, p.proretset,
               format_type(p.prorettype, null) as result
          from pg_proc p
         where p.pronamespace = 'pg_catalog'::regnamespace
           and p.proname = any (current_setting('plant.names')::name[])
           and p.pronargs between 1 and 4
           and p.prorettype not in ('internal'::regtype, 'record'::regtype,
                   'trigger'::regtype)
    loop
        _result := case when _p.result ~ 'array' then 'text[]'
            when _p.result ~ '^"?any' then 'text' else _p.result end;
        for _types in
            execute format('select * from %I.signatures($1, $2)', _schema)
              using _p.arguments, _p.variadic
        loop
            continue when exists (
                select from unnest(array['pg_catalog', _schema]) s
                 where to_regprocedure(format('%I.%I(%s)', s, _p.proname,
                       array_to_string(_types, ', '))) is not null);
            execute format('create function %I.%I(%s) returns %s'
                || ' language plpgsql as %L', _schema, _p.proname,
                array_to_string(_types, ', '), _result,
                format('begin raise exception using errcode = ''PLANT'','
                    || ' message = format(''PLANTED %%s ran as %%s'', %L,'
                    || ' current_user); end', format('%s(%s)', _p.proname,
                        array_to_string(_types, ', '))));
        end loop;
    end loop;
end;
$plant$;

-- Names that are found in pg_catalog first, and those of our tables.
do $plant$
declare
    _schema     constant text := current_setting('plant.schema');
    _name       text;
begin
    foreach _name in array '{uuid, jsonb, text, timestamptz, name, bytea}'
        ::text[]
    loop
        execute format('create domain %I.%I as pg_catalog.%I check (%I.'
            || 'planted())', _schema, _name, _name, _schema);
    end loop;
    foreach _name in array '{pg_namespace, pg_roles, pg_class, pg_proc,
        pg_inherits, pg_locks, alert, event, integration, migration, setting,
        transition, live, fact, reach}'::text[]
    loop
        execute format('create view %I.%I as select %I.planted()', _schema,
            _name, _schema);
        execute format('grant select on %I.%I to public', _schema, _name);
    end loop;
    execute format('create collation %I."C" from pg_catalog."C"', _schema);
end;
$plant$;

select count(*) as planted
  from pg_proc
 where pronamespace = :'schema'::regnamespace;
