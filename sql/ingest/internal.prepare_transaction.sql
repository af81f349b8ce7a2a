-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.prepare_transaction()
returns void
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.prepare_transaction(0)
--
--      Prepare the transaction for events: make it durable, and limit how
--      long it waits for locks.
--
-- Raises:
--      25000           - the isolation level is not read committed
--      25006           - see refuse_read_only
-- ----------------------------------------------------------------------
begin
    -- A snapshot older than the locks on the keys does not show the effects
    -- of earlier events, and a function cannot take a new one.
    if current_setting('transaction_isolation')
        in ('repeatable read', 'serializable')
    then
        raise exception using errcode = '25000',
            message = format('cannot store events in a %s transaction',
                current_setting('transaction_isolation')),
            hint = 'Set default_transaction_isolation of the role to read'
                || ' committed.';
    end if;

    -- A refused event writes nothing, so nothing else would raise this.
    perform tocsin_internal.refuse_read_only();

    -- Not a setting of ingest: that would end before the commit.
    if current_setting('synchronous_commit')
        in ('off', 'local', 'remote_write')
    then
        perform set_config('synchronous_commit', 'on', true);
    end if;

    -- roles.sql gives tocsin_web this limit; a role without one gets it
    -- here.
    if current_setting('lock_timeout') = '0' then
        perform set_config('lock_timeout', '500ms', true);
    end if;
end;
$$;

comment on function tocsin_internal.prepare_transaction
is 'Set durability and lock timeout for the transaction of a call.';
