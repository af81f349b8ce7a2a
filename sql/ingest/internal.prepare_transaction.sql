-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.prepare_transaction(1)
--
--      Prepare the transaction for events: make it durable, limit how long
--      it waits for locks, and avoid bad plans.
--
-- Parameters:
--      i_is_lone       - the call has one event
--
-- Returns:
--      i_is_lone
-- Raises:
--      25000           - the isolation level is not read committed
--      25006           - see refuse_read_only
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.prepare_transaction(
    i_is_lone   boolean)
returns boolean
language plpgsql
volatile
as $$
declare
    _mode   text := current_setting('plan_cache_mode');
begin
    -- Test rare cases in one condition: see ingest.
    if current_setting('transaction_isolation') <> 'read committed'
        or current_setting('transaction_read_only') <> 'off'
        or current_setting('synchronous_commit') <> 'on'
        or current_setting('lock_timeout') = '0'
    then
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
        if current_setting('transaction_read_only') = 'on' then
            perform tocsin_internal.refuse_read_only();
        end if;

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
    end if;

    -- The session's plan_cache_mode is auto before its first call, and
    -- force_generic_plan once the tables have grown.  The first call, the only
    -- one under CGI, neither caches plans nor reads the statistics, if it has
    -- one event.  A setting of our own would cost it more than a query:
    -- PostgreSQL sorts all settings when one is added.
    if _mode = 'auto' and i_is_lone then
        -- An assignment, because PERFORM would plan a query.
        _mode := set_config('plan_cache_mode', 'force_custom_plan', false);
    elsif _mode <> 'force_generic_plan' then
        perform tocsin_internal.plan_for_growth();
    end if;

    return i_is_lone;
end;
$$;

comment on function tocsin_internal.prepare_transaction
is 'Set durability, lock timeout and planning for the transaction of a call.';
