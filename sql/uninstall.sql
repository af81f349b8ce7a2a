-- SPDX-License-Identifier: ISC
--
-- Remove tocsin and every alert it holds from the database that psql is
-- connected to: its three schemas and everything in them.  Stops if they are
-- not tocsin's, or if an object outside depends on them.  The roles stay:
-- another database may use them.
--
--      psql -d tocsin -f sql/uninstall.sql

\set ON_ERROR_STOP on

begin;
set local search_path = pg_catalog, pg_temp;
-- The database may have other settings, and literals would be other texts.
set local standard_conforming_strings = on;
set local lock_timeout = '2s';
set local client_min_messages = warning;

do $$ begin
    perform pg_advisory_xact_lock(1953457011);
end $$;

\ir migrate/owner.sql

do $$
declare
    _others text;
begin
    with recursive doomed(classid, objid, objsubid) as (
        select 'pg_namespace'::regclass::oid, oid, 0
          from pg_namespace
         where nspname in ('tocsin', 'tocsin_api', 'tocsin_internal')
         union
        select d.*
          from doomed o
         cross join lateral (
               select classid, objid, objsubid
                 from pg_depend
                where refclassid = o.classid
                  and refobjid = o.objid
                  and (refobjsubid = o.objsubid or o.objsubid = 0)
                union all
               -- A view is dropped with its rule.
               select refclassid, refobjid, refobjsubid
                 from pg_depend
                where classid = o.classid
                  and objid = o.objid
                  and deptype = 'i') d)
    select string_agg(format('%s %s', i.type, i.identity), E'\n'
               order by i.type, i.identity)
      into _others
      from doomed d
     cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) i
     cross join lateral pg_identify_object_as_address(
           d.classid, d.objid, d.objsubid) a
      left join pg_class c
        on d.classid = 'pg_class'::regclass
       and c.oid = d.objid
      left join pg_proc p
        on d.classid = 'pg_proc'::regclass
       and p.oid = d.objid
      left join pg_type t
        on d.classid = 'pg_type'::regclass
       and t.oid = d.objid
           -- The row and array types of a table are dropped with it.
     where (i.schema not in ('tocsin', 'tocsin_api', 'tocsin_internal',
                   'pg_toast')
               and coalesce(t.typrelid, 0) = 0
               and coalesce(t.typelem, 0) = 0)
           -- An object without a schema of its own, such as a trigger: its
           -- name begins with the schema of its table, or with its type's.
        or (i.schema is null
               and case i.type
                   when 'schema' then false
                   when 'domain constraint' then a.object_names[1]
                       !~ '^tocsin(_api|_internal)?[.]'
                   else i.type ~ '^publication'
                       or a.object_names[1] not in (
                           'tocsin', 'tocsin_api', 'tocsin_internal')
                   end
               -- The rule of a view, which is named itself.
               and (i.type = 'rule' and a.object_names[3] = '_RETURN')
                   is not true)
        or (i.schema <> 'pg_toast'
               and pg_get_userbyid(coalesce(c.relowner, p.proowner,
                       case when t.typrelid = 0 and t.typelem = 0
                            then t.typowner end))
                   <> current_setting('tocsin.owner'));
    if _others is not null then
        raise exception using errcode = '2BP01',
            message = 'other objects depend on tocsin and would be dropped',
            detail = _others,
            hint = 'Nothing was removed. Drop these or remove their'
                || ' dependency on tocsin, and run this again.';
    end if;
end;
$$;

do $$
begin
    if current_setting('tocsin.owner') = 'tocsin_owner'
        and exists (
            select from pg_default_acl
             where defaclrole = 'tocsin_owner'::regrole)
    then
        alter default privileges for role tocsin_owner
            grant execute on functions to public;
    end if;
    drop schema if exists tocsin, tocsin_api, tocsin_internal cascade;
exception when lock_not_available or deadlock_detected then
    raise exception using errcode = '55P03',
        message = 'tocsin is in use',
        hint = 'Nothing was removed. Stop its responders and the readers of'
            || ' its views, and run this again.';
end;
$$;

commit;
