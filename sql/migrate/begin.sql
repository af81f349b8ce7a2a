-- SPDX-License-Identifier: ISC
-- First part of install.sql: check the database before changing anything,
-- become the role that owns tocsin, and create the table of migrations.

do $$
begin
    perform pg_advisory_xact_lock(1953457011);
exception when lock_not_available then
    raise exception using errcode = '55P03',
        message = 'tocsin is already being installed or removed here',
        hint = 'Try again when that has finished.';
end;
$$;

do $$
begin
    if current_setting('server_version_num')::integer < 140000 then
        raise exception using errcode = '0A000',
            message = format('PostgreSQL %s is too old',
                current_setting('server_version')),
            hint = 'tocsin needs PostgreSQL 14 or newer.';
    end if;
    if current_setting('server_encoding') <> 'UTF8' then
        raise exception using errcode = '0A000',
            message = format('the encoding of this database is %s',
                current_setting('server_encoding')),
            hint = 'Alerts need UTF8: create the database with'
                || ' CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.';
    end if;
end;
$$;

\ir owner.sql

-- An existing installation keeps its owner; a new one belongs to tocsin_owner
-- if the installing role is a member of it.
select coalesce(
    nullif(current_setting('tocsin.owner'), ''),
    (select rolname
       from pg_roles
      where rolname = 'tocsin_owner'
        and pg_has_role(current_user, oid, 'member')),
    current_user) as tocsin_role
\gset

select set_config('tocsin.role', :'tocsin_role', true) as tocsin_ignored
\gset
do $$
declare
    _role   text := current_setting('tocsin.role');
begin
    if not pg_has_role(current_user, _role, 'member') then
        raise exception using errcode = '42501',
            message = format('tocsin in this database belongs to role %I',
                _role),
            hint = format('Run this as a member of %I.', _role);
    end if;
    if current_setting('tocsin.owner') = ''
        and not has_database_privilege(_role, current_database(), 'create')
    then
        raise exception using errcode = '42501',
            message = format('role %I may not create schemas in database %I',
                _role, current_database()),
            hint = case _role when 'tocsin_owner'
                then 'Run sql/roles.sql in this database first.'
                else format('Let the owner of the database run: GRANT CREATE'
                    || ' ON DATABASE %I TO %I;', current_database(), _role)
                end;
    end if;
end;
$$;
set local role :"tocsin_role";

-- CREATE SCHEMA, even IF NOT EXISTS, needs a privilege on the database, which
-- a dump does not carry.
do $$
declare
    _triggers   text := (
        select string_agg(quote_ident(evtname), ', ' order by evtname)
          from pg_event_trigger
         where evtenabled in ('O', 'A'));
    _context    text;
begin
    if current_setting('tocsin.owner') = '' then
        create schema tocsin_internal;
        create table tocsin_internal.migration (
            version     integer     not null,
            name        text        not null,
            applied_at  timestamptz not null default now(),

            constraint migration_pkey primary key (version)
        );
    end if;
    comment on table tocsin_internal.migration
    is 'Migrations of the schema that were applied, each once.';
exception when others then
    if _triggers is null then
        raise;
    end if;
    get stacked diagnostics _context = pg_exception_context;
    raise exception using errcode = sqlstate, message = sqlerrm,
        detail = _context,
        hint = format('This database has event triggers: %s. Here they run as'
            || ' %I and find only what is in pg_catalog, unless their function'
            || ' is SECURITY DEFINER and sets its search_path. Mend or disable'
            || ' the one that stops this: ALTER EVENT TRIGGER ... DISABLE.',
            _triggers, current_user);
end;
$$;
comment on column tocsin_internal.migration.version
is 'Number of the migration; the highest is the version of the schema.';
comment on column tocsin_internal.migration.name
is 'Name of the migration.';
comment on column tocsin_internal.migration.applied_at
is 'When it was applied.';

do $$
declare
    _there  integer := (select max(version) from tocsin_internal.migration);
begin
    if _there > current_setting('tocsin.version')::integer then
        raise exception using errcode = '55000',
            message = format('the schema has version %s, this release has %s',
                _there, current_setting('tocsin.version')),
            hint = 'Install the newer release; a schema cannot be downgraded.';
    end if;
end;
$$;
