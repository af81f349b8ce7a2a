-- SPDX-License-Identifier: ISC
-- Privileges.  Run last by install.sql.  They are granted only if roles.sql
-- was used: when another role owns everything, roles of these names in the
-- cluster are unrelated to this installation.

-- First take what default privileges of the owner, for everybody or for other
-- roles, have given, and what tocsin_web and tocsin_relay were granted before.
-- Rights that somebody granted to a role by name stay: to read views, which
-- may also be given by default, and to call functions of tocsin_api.
--
-- One by one, since statements for ALL IN SCHEMA fail at what others have put
-- there.
do $$
declare
    _statement  text;
begin
    for _statement in
        with object(kind, code, place, name, owner, acl) as (
            select 'schema', 'n'::"char", nspname, quote_ident(nspname),
                   nspowner, coalesce(nspacl, acldefault('n', nspowner))
              from pg_namespace
             union all
            select case relkind when 'S' then 'sequence' else 'table' end,
                   case relkind when 'S' then 'S' else 'r' end::"char",
                   relnamespace::regnamespace::name, oid::regclass::text,
                   relowner, relacl
              from pg_class
             where relkind in ('r', 'p', 'v', 'S')
             union all
            select 'function', 'f', pronamespace::regnamespace::name,
                   oid::regprocedure::text, proowner,
                   coalesce(proacl, acldefault('f', proowner))
              from pg_proc
             where prokind = 'f'
        )
        select format('revoke %s on %s %s from %s cascade', a.privilege_type,
                   o.kind, o.name, case when a.grantee = 0 then 'public'
                       else quote_ident(pg_get_userbyid(a.grantee)) end)
          from object o
         cross join aclexplode(o.acl) a
         where o.place in ('tocsin', 'tocsin_api', 'tocsin_internal')
           and pg_get_userbyid(o.owner) = current_user
           and a.grantee <> o.owner
           and (a.grantee = 0
               or o.place = 'tocsin_internal'
               or a.privilege_type not in ('USAGE', 'SELECT', 'EXECUTE')
               or o.place = 'tocsin_api'
                  and (o.kind = 'function'
                      and pg_get_userbyid(a.grantee) in (
                          'tocsin_web', 'tocsin_relay')
                      or exists (
                      select
                        from pg_default_acl d
                       cross join aclexplode(d.defaclacl) g
                       where d.defaclrole = o.owner
                         and d.defaclobjtype = o.code
                         and g.grantee = a.grantee)))
    loop
        execute _statement;
    end loop;
end;
$$;

do $$
declare
    _view   regclass;
begin
    if current_user <> 'tocsin_owner' then
        return;
    end if;

    -- Functions created later are not for everybody either.
    alter default privileges revoke execute on functions from public;

    if exists (select from pg_roles where rolname = 'tocsin_web') then
        grant usage on schema tocsin_api to tocsin_web;
        grant execute on function
            tocsin_api.ingest(tocsin_api.event_in[]),
            tocsin_api.ingest(
                uuid[], timestamptz[], text[], text[], bytea[], text[],
                text[], text[], text[], text[], text[], text[], jsonb[],
                boolean[], text[], text[], jsonb[], text[], text[], text[]),
            tocsin_api.schema_version,
            tocsin_api.installation, tocsin_api.log_since,
            tocsin_api.admission, tocsin_api.judge_senders,
            tocsin_api.receipt_of, tocsin_api.self_check,
            tocsin_api.replication,
            tocsin_api.clock_us, tocsin_api.live_counts,
            tocsin_api.responder_note, tocsin_api.responder_last,
            tocsin_api.tick, tocsin_api.tick_check, tocsin_api.tick_counts,
            tocsin_api.outgoing_counts, tocsin_api.relay_check,
            tocsin_api.relay_is_due
            to tocsin_web;
    end if;

    if exists (select from pg_roles where rolname = 'tocsin_relay') then
        grant usage on schema tocsin_api to tocsin_relay;
        grant execute on function
            tocsin_api.schema_version,
            tocsin_api.tick, tocsin_api.relay_hello, tocsin_api.relay_claim,
            tocsin_api.relay_done, tocsin_api.relay_bye
            to tocsin_relay;
    end if;

    if exists (select from pg_roles where rolname = 'tocsin_reader') then
        grant usage on schema tocsin to tocsin_reader;
        for _view in
            select oid::regclass
              from pg_class
             where relnamespace = 'tocsin'::regnamespace
               and relkind = 'v'
               and pg_get_userbyid(relowner) = current_user
        loop
            execute format('grant select on %s to tocsin_reader', _view);
        end loop;
    end if;
end;
$$;

-- The board's functions, only while it is on.
do $$ begin
    perform tocsin_api.board_grant();
end $$;
