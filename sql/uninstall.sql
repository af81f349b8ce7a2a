-- SPDX-License-Identifier: ISC
--
-- Remove tocsin and every alert it holds from the database that psql is
-- connected to.  Roles stay: another database may use them.

\set ON_ERROR_STOP on

begin;
set local client_min_messages = warning;
select pg_advisory_xact_lock(1953457011);

do $$
begin
    if exists (select from pg_default_acl
                where defaclrole = (select oid from pg_roles
                                     where rolname = 'tocsin_owner')) then
        alter default privileges for role tocsin_owner
            grant execute on functions to public;
    end if;
end;
$$;

drop schema if exists tocsin, tocsin_api, tocsin_internal cascade;

commit;
