-- SPDX-License-Identifier: ISC
-- Privileges.  Run last by install.sql.  They are granted only if roles.sql
-- was used: when another role owns everything, roles of these names in the
-- cluster are unrelated to this installation.

revoke all on schema tocsin, tocsin_api, tocsin_internal from public;

-- One by one, since statements for ALL IN SCHEMA fail at what others have put
-- there.
do $$
declare
    _statement  text;
begin
    for _statement in
        select format(s.statement, o.name)
          from (
               select 'table' as kind,
                      relnamespace::regnamespace::text as place,
                      oid::regclass::text as name
                 from pg_class
                where relkind in ('r', 'p', 'v')
                  and pg_get_userbyid(relowner) = current_user
                union all
               select 'function', pronamespace::regnamespace::text,
                      oid::regprocedure::text
                 from pg_proc
                where prokind = 'f'
                  and pg_get_userbyid(proowner) = current_user) o
          join (values
               ('table', 'tocsin', null,
                'revoke all on table %s from public'),
               ('table', 'tocsin_internal', null,
                'revoke all on table %s from public'),
               ('function', 'tocsin_api', null,
                'revoke all on function %s from public'),
               ('function', 'tocsin_internal', null,
                'revoke all on function %s from public'),
               ('function', 'tocsin_api', 'tocsin_web',
                'revoke all on function %s from tocsin_web'),
               ('function', 'tocsin_api', 'tocsin_relay',
                'revoke all on function %s from tocsin_relay'),
               ('table', 'tocsin', 'tocsin_reader',
                'grant select on table %s to tocsin_reader'))
               s(kind, place, role, statement) using (kind, place)
         where s.role is null
            or current_user = 'tocsin_owner'
               and exists (select from pg_roles where rolname = s.role)
    loop
        execute _statement;
    end loop;
end;
$$;

do $$
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
    end if;
end;
$$;

-- The board's functions, only while it is on.
do $$ begin
    perform tocsin_api.board_grant();
end $$;
