-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.prepare_transaction(
    i_is_lone   boolean)
returns void
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.prepare_transaction(1)
--
--      Make the transaction fit for events: durable, with a limit on how
--      long it waits for locks, and with plans that will do.
--
-- Parameters:
--      i_is_lone       - the call has one event
-- Raises:
--      25000           - the isolation level is not read committed
--      25006           - nothing can be written here
-- ----------------------------------------------------------------------
begin
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
        perform tocsin_internal.plan_for_growth(i_is_lone);
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
end;
$$;

comment on function tocsin_internal.prepare_transaction
is 'Make the transaction of a call durable, in time and well planned.';
