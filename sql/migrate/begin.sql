-- SPDX-License-Identifier: ISC
-- First part of install.sql: look before anything is touched, become the
-- role that owns tocsin, and make the table of migrations.

do $$
begin
    perform pg_advisory_xact_lock(1953457011);
exception when lock_not_available then
    raise exception using errcode = '55P03',
        message = 'tocsin is being installed or removed here already',
        hint = 'Try again when that is done.';
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
            hint = 'Alerts need UTF8: make the database with'
                || ' CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.';
    end if;
end;
$$;

\ir owner.sql

-- The owner of what is there goes on; a first installation belongs to
-- tocsin_owner where the installing role may act for it.
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
            message = format('tocsin here belongs to role %I', _role),
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

-- To make a schema, were it there or not, takes a right in the database
-- that a dump does not bring along.
select current_setting('tocsin.owner') = '' as tocsin_todo
\gset
\if :tocsin_todo
    create schema tocsin_internal;
    create table tocsin_internal.migration (
        version     integer     not null,
        name        text        not null,
        applied_at  timestamptz not null default now(),

        constraint migration_pkey primary key (version)
    );
    comment on table tocsin_internal.migration
    is 'Steps of the schema that were applied, each once.';
    comment on column tocsin_internal.migration.version
    is 'Number of the step; the highest is the version of the schema.';
    comment on column tocsin_internal.migration.name
    is 'What the step is called.';
    comment on column tocsin_internal.migration.applied_at
    is 'When it was applied.';
\endif

do $$
declare
    _there  integer := (select max(version) from tocsin_internal.migration);
begin
    if _there > current_setting('tocsin.version')::integer then
        raise exception using errcode = '55000',
            message = format('the schema here has version %s, this is %s',
                _there, current_setting('tocsin.version')),
            hint = 'Install from the newer release: there is no way back.';
    end if;
end;
$$;
