-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.prepare_batch(
    i_lengths           integer[],
    i_received_at       timestamptz[],
    i_integration_id    text[],
    i_external_id       text[])
returns integer[]
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.prepare_batch(4)
--
--      Make the transaction ready for events: durable, not waiting for
--      ever, and alone with their keys.
--
-- Parameters:
--      i_lengths       - of all arrays of the call
--      the others      - as tocsin_api.ingest has them
--
-- Returns:
--      for each event whether it is the first, second ... of its key:
--      events of the same turn never speak of the same alert
-- Raises:
--      22008           - an event was received at no time
--      22023           - the lengths differ
--      25000           - the isolation level is not read committed
--      25006           - nothing can be written here
--      55P03           - somebody else is at work on a key for too long
-- Locks:
--      advisory, each key: see lock_keys
-- ----------------------------------------------------------------------
begin
    if (i_lengths[1] = all (i_lengths)) is not true then
        raise exception using errcode = '22023',
            message = 'the arrays differ in length or one is null',
            hint = 'Each array has one element for each event, and each'
                || ' event a type.';
    end if;

    -- No view can subtract one from another time.
    if 'infinity' = any (i_received_at) or '-infinity' = any (i_received_at)
    then
        raise exception using errcode = '22008',
            message = 'an event cannot be received at an infinite time',
            hint = 'Look at the clock of the responder.';
    end if;

    -- A snapshot older than the locks on the keys does not show what the
    -- events before have done, and a function cannot take another one.
    if current_setting('transaction_isolation')
        in ('repeatable read', 'serializable')
    then
        raise exception using errcode = '25000',
            message = format('cannot take events in a transaction that is %s',
                current_setting('transaction_isolation')),
            hint = 'Set default_transaction_isolation of the role to read'
                || ' committed.';
    end if;

    -- Said here, as an event that is refused writes nothing.
    if current_setting('transaction_read_only') = 'on' then
        raise exception using errcode = '25006',
            message = 'cannot take events in a read-only transaction',
            hint = 'This may be a standby: see target_session_attrs.';
    end if;

    if current_setting('tocsin.has_grown', true) is distinct from 'yes' then
        perform tocsin_internal.plan_for_growth(i_lengths[1] = 1);
    end if;

    -- Here and not as a setting of ingest, which ends before the commit.
    if current_setting('synchronous_commit')
        in ('off', 'local', 'remote_write')
    then
        perform set_config('synchronous_commit', 'on', true);
    end if;

    -- Roles of roles.sql have a limit; one that has none gets the same.
    if current_setting('lock_timeout') = '0' then
        perform set_config('lock_timeout', '500ms', true);
    end if;

    if tocsin_internal.lock_keys(i_integration_id, i_external_id) > 1 then
        return tocsin_internal.number_turns(i_integration_id, i_external_id);
    end if;
    return array_fill(1, i_lengths[1:1]);
end;
$$;

comment on function tocsin_internal.prepare_batch
is 'Check, lock and number the events of a call.';
