-- SPDX-License-Identifier: ISC
-- Privileges.  Run last by install.sql.  They are granted only if roles.sql
-- was used: when another role owns everything, roles of these names in the
-- cluster are unrelated to this installation.

revoke all on schema tocsin, tocsin_api, tocsin_internal from public;
revoke all on all tables in schema tocsin, tocsin_internal from public;
revoke all on all functions in schema tocsin_api, tocsin_internal
    from public;

do $$
begin
    if current_user <> 'tocsin_owner' then
        return;
    end if;

    -- Functions created later are not for everybody either.
    alter default privileges revoke execute on functions from public;

    if exists (select from pg_roles where rolname = 'tocsin_web') then
        revoke all on all functions in schema tocsin_api from tocsin_web;
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
        revoke all on all functions in schema tocsin_api from tocsin_relay;
        grant usage on schema tocsin_api to tocsin_relay;
        grant execute on function
            tocsin_api.schema_version,
            tocsin_api.tick, tocsin_api.relay_hello, tocsin_api.relay_claim,
            tocsin_api.relay_done, tocsin_api.relay_bye
            to tocsin_relay;
    end if;

    if exists (select from pg_roles where rolname = 'tocsin_reader') then
        grant usage on schema tocsin to tocsin_reader;
        grant select on all tables in schema tocsin to tocsin_reader;
    end if;
end;
$$;

-- The board's functions, only while it is on.
do $$ begin
    perform tocsin_api.board_grant();
end $$;
