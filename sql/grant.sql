-- SPDX-License-Identifier: ISC
-- Privileges.  Run last by install.sql.  They are granted only if roles.sql
-- was used: when another role owns everything, roles of these names in the
-- cluster are unrelated to this installation.

revoke all on schema tocsin, tocsin_api, tocsin_internal from public;

-- The statements for ALL IN SCHEMA fail at what others have put there.
do $$
declare
    _what   text;
begin
    for _what in
        select format('table %s', oid::regclass)
          from pg_class
         where relnamespace in ('tocsin'::regnamespace,
               'tocsin_internal'::regnamespace)
           and relkind in ('r', 'p', 'v')
           and pg_get_userbyid(relowner) = current_user
         union all
        select format('function %s', oid::regprocedure)
          from pg_proc
         where pronamespace in ('tocsin_api'::regnamespace,
               'tocsin_internal'::regnamespace)
           and prokind = 'f'
           and pg_get_userbyid(proowner) = current_user
    loop
        execute format('revoke all on %s from public', _what);
    end loop;
end;
$$;

do $$
declare
    _what   text;
begin
    if current_user <> 'tocsin_owner' then
        return;
    end if;

    -- Functions created later are not for everybody either.
    alter default privileges revoke execute on functions from public;

    if exists (select from pg_roles where rolname = 'tocsin_web') then
        for _what in
            select oid::regprocedure
              from pg_proc
             where pronamespace = 'tocsin_api'::regnamespace
               and prokind = 'f'
               and pg_get_userbyid(proowner) = current_user
        loop
            execute format('revoke all on function %s from tocsin_web',
                _what);
        end loop;
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
        for _what in
            select oid::regprocedure
              from pg_proc
             where pronamespace = 'tocsin_api'::regnamespace
               and prokind = 'f'
               and pg_get_userbyid(proowner) = current_user
        loop
            execute format('revoke all on function %s from tocsin_relay',
                _what);
        end loop;
        grant usage on schema tocsin_api to tocsin_relay;
        grant execute on function
            tocsin_api.schema_version,
            tocsin_api.tick, tocsin_api.relay_hello, tocsin_api.relay_claim,
            tocsin_api.relay_done, tocsin_api.relay_bye
            to tocsin_relay;
    end if;

    if exists (select from pg_roles where rolname = 'tocsin_reader') then
        grant usage on schema tocsin to tocsin_reader;
        for _what in
            select oid::regclass
              from pg_class
             where relnamespace = 'tocsin'::regnamespace
               and relkind in ('r', 'p', 'v')
               and pg_get_userbyid(relowner) = current_user
        loop
            execute format('grant select on table %s to tocsin_reader',
                _what);
        end loop;
    end if;
end;
$$;

-- The board's functions, only while it is on.
do $$ begin
    perform tocsin_api.board_grant();
end $$;
