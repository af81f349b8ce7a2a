-- SPDX-License-Identifier: ISC
--
-- The four roles of a full installation, and their rights in the database
-- that psql is connected to.  Optional: without them the role that runs
-- install.sql owns everything.  Run it before install.sql, as a superuser or
-- as a role that may create roles and owns the database; running it again
-- changes nothing.
--
--      psql -d tocsin -f sql/roles.sql
--
-- No passwords are set here.  Local roles log in by the peer method or a map
-- in pg_ident.conf; for remote ones type \password tocsin_web in psql and
-- write the same password into ~/.pgpass of the responder's account.
--
-- Revokes, in this database, what PostgreSQL grants to everybody by default:
-- creating schemas, temporary tables and (before release 15, and in databases
-- upgraded from there) any object in schema public, where it can be picked up
-- by other people's statements.  If others also use this database, grant them
-- what they need: GRANT CREATE ON SCHEMA public TO them.
--
-- A member of tocsin_owner can change all of tocsin, and therefore what a
-- superuser executes when installing it again: grant membership only to those
-- whom you trust like a superuser, or let them install.  Warns of members.

\set ON_ERROR_STOP on

begin;
-- Otherwise an object that somebody created in public may match a call better
-- than the one meant and run with our rights.
set local search_path = pg_catalog, pg_temp;
-- The database may have other settings, and literals would be other texts.
set local standard_conforming_strings = on;
set local client_min_messages = warning;

do $$
declare
    _name   name;
begin
    if not exists (select from pg_roles where rolname = 'tocsin_owner') then
        create role tocsin_owner nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'tocsin_web') then
        create role tocsin_web login;
    end if;
    if not exists (select from pg_roles where rolname = 'tocsin_reader') then
        create role tocsin_reader login;
    end if;
    if not exists (select from pg_roles where rolname = 'tocsin_relay') then
        create role tocsin_relay login;
    end if;
    -- Roles of these names may have existed before, with other powers.
    for _name in
        select rolname
          from pg_roles
         where rolname in ('tocsin_owner', 'tocsin_web', 'tocsin_reader',
               'tocsin_relay')
           and (rolsuper or rolcreatedb or rolcreaterole or rolreplication
               or rolbypassrls or rolcanlogin and rolname = 'tocsin_owner')
    loop
        execute format('alter role %I nosuperuser nocreatedb nocreaterole'
            || ' noreplication nobypassrls%s', _name,
            case _name when 'tocsin_owner' then ' nologin' end);
    end loop;
    -- Lets the creator of the roles install; a superuser needs no grant.
    if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant tocsin_owner to %I', current_user);
    end if;
exception when insufficient_privilege then
    raise exception using errcode = '42501',
        message = sqlerrm,
        hint = 'Run this as a superuser; or do without these roles: then the'
            || ' role that runs install.sql (tocsin init) owns everything.';
end;
$$;

do $$
declare
    _members    text := (
        select string_agg(quote_ident(rolname), ', ' order by rolname)
          from pg_roles
         where rolname not in ('tocsin_owner', current_user)
           and not rolsuper
           and pg_has_role(oid, 'tocsin_owner'::name, 'member'));
begin
    if _members is not null then
        raise warning using
            message = 'members of tocsin_owner: ' || _members,
            hint = 'They can have a superuser who installs run anything. REVOKE'
                || ' tocsin_owner FROM those whom you do not trust so far.';
    end if;
end;
$$;

-- Let tocsin_api.replication() see the states of standbys.
do $$
begin
    grant pg_read_all_stats to tocsin_owner;
exception when insufficient_privilege then
    null;
end;
$$;

-- Senders are answered within 3 seconds, so no statement may take longer.
alter role tocsin_web set statement_timeout = '1500ms';
alter role tocsin_web set lock_timeout = '500ms';
alter role tocsin_web set idle_in_transaction_session_timeout = '5s';
alter role tocsin_web set synchronous_commit = on;
-- Ingest must see rows committed while it waited for its locks.
alter role tocsin_web set default_transaction_isolation = 'read committed';
-- Nothing it calls runs long enough to be worth compiling.
alter role tocsin_web set jit = off;
-- lz4 takes less than half of the time for long descriptions, but not every
-- server is built with it.
do $$
begin
    alter role tocsin_web set default_toast_compression = 'lz4';
exception when invalid_parameter_value then
    null;
end;
$$;
-- It qualifies every name, so nothing else needs to be found.
alter role tocsin_web set search_path = pg_catalog, pg_temp;

-- Dashboards run queries that people type, hence these limits.
alter role tocsin_reader connection limit 20;
alter role tocsin_reader set default_transaction_read_only = on;
alter role tocsin_reader set statement_timeout = '30s';
alter role tocsin_reader set idle_in_transaction_session_timeout = '60s';
alter role tocsin_reader set search_path = tocsin;
-- Many small partitions look costly enough for JIT, but are not.  Members of
-- this role inherit none of these settings.
alter role tocsin_reader set jit = off;

-- It rests between short calls; what it sends is under way in none of them.
alter role tocsin_relay set statement_timeout = '10s';
alter role tocsin_relay set lock_timeout = '5s';
alter role tocsin_relay set idle_in_transaction_session_timeout = '5s';
-- Claims must see rows committed while they waited for their locks.
alter role tocsin_relay set default_transaction_isolation = 'read committed';
alter role tocsin_relay set jit = off;
alter role tocsin_relay set search_path = pg_catalog, pg_temp;

select current_database() as tocsin_database \gset
revoke create, temporary on database :"tocsin_database" from public;
do $$
declare
    _owner  oid := (
        select nspowner
          from pg_namespace n
         cross join aclexplode(coalesce(nspacl, acldefault('n', nspowner))) a
         where nspname = 'public'
           and a.grantee = 0
           and a.privilege_type = 'CREATE');
begin
    if pg_has_role(current_user, _owner, 'usage') then
        revoke create on schema public from public;
    elsif _owner is not null then
        raise warning using
            message = 'every role may create in schema public',
            hint = format('Let %I run: REVOKE CREATE ON SCHEMA public FROM'
                || ' PUBLIC;', pg_get_userbyid(_owner));
    end if;
end;
$$;
grant create on database :"tocsin_database" to tocsin_owner;
grant connect on database :"tocsin_database"
    to tocsin_web, tocsin_reader, tocsin_relay;

comment on role tocsin_owner is 'Owns the tables of tocsin; cannot log in.';
comment on role tocsin_web is 'Responder of tocsin; may only call functions.';
comment on role tocsin_reader
is 'Dashboards; may only read the views of tocsin.';
comment on role tocsin_relay
is 'Relay of tocsin; may only call the functions that send.';

commit;
