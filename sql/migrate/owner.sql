-- SPDX-License-Identifier: ISC
-- Part of install.sql and uninstall.sql: set tocsin.owner to the owner of the
-- existing schemas, or to empty if there are none.  Stops at schemas of other
-- roles: the owner of a schema could have its triggers and functions do
-- anything with the rights of a superuser who installs, whatever role that
-- one sets; and uninstall.sql must not drop what tocsin never created.

do $$
declare
    _schema text;
    _owner  text;
    _ours   boolean;
begin
    select n.nspname, r.rolname into _schema, _owner
      from pg_namespace n
      join pg_roles r on r.oid = n.nspowner
     where n.nspname in ('tocsin', 'tocsin_api', 'tocsin_internal')
       and r.rolname not in ('tocsin_owner', current_user)
       and not r.rolsuper
     order by n.nspname
     limit 1;
    if found then
        raise exception using errcode = '42501',
            message = format('schema %I in database %I belongs to role %I',
                _schema, current_database(), _owner),
            hint = format('If this is your installation, run this as its'
                || ' owner: connect as %I. If it is not, the name is taken:'
                || ' ALTER SCHEMA %I RENAME TO ..., or use another'
                || ' database.', _owner, _schema);
    end if;

    select coalesce(bool_and(n.nspowner = m.relowner), false),
           max(pg_get_userbyid(m.relowner)), min(n.nspname)
      into _ours, _owner, _schema
      from pg_namespace n
      left join (
           select c.relowner
             from pg_class c
             join pg_namespace i on i.oid = c.relnamespace
            where i.nspname = 'tocsin_internal'
              and c.relname = 'migration'
              and c.relkind = 'r') m on true
     where n.nspname in ('tocsin', 'tocsin_api', 'tocsin_internal');
    if _schema is not null and not _ours then
        raise exception using errcode = '42P06',
            message = format('schema %I in database %I is not part of tocsin',
                _schema, current_database()),
            detail = 'There is no table tocsin_internal.migration with the same'
                || ' owner.',
            hint = format('Rename it, ALTER SCHEMA %I RENAME TO ..., or use'
                || ' another database.', _schema);
    end if;
    perform set_config('tocsin.owner', coalesce(_owner, ''), true);
end;
$$;
