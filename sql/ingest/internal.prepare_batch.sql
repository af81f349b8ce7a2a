-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.prepare_batch(1)
--
--      Check the events, prepare the transaction for them, and lock their
--      keys.  Does it here for a single good event, in few expressions:
--      see ingest.
--
-- Returns:
--      for each event whether it is the first, second ... of its key: no
--      two events of the same turn refer to the same alert
-- Raises:
--      22..., 25000, 25006, 55P03      - see prepare_many
-- Locks:
--      advisory, each key: see lock_keys
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.prepare_batch(
    i_events    tocsin_api.event_in[])
returns integer[]
language plpgsql
volatile
as $$
begin
    -- An array of another shape has no element 1.
    if (cardinality(i_events) = 1
            and i_events[1].event_type is not null
            and isfinite(i_events[1].received_at)) is not true
    then
        return tocsin_internal.prepare_many(i_events);
    end if;

    if not tocsin_internal.is_usual() then
        perform tocsin_internal.prepare_transaction();
    end if;

    -- The session's plan_cache_mode is auto before its first call, and
    -- force_generic_plan once the tables have grown.  The first call, the only
    -- one under CGI, neither caches plans nor reads the statistics, if it has
    -- one event.  A setting of our own would cost it more than a query:
    -- PostgreSQL sorts all settings when one is added.
    if (case when current_setting('plan_cache_mode') = 'auto'
             then set_config('plan_cache_mode', 'force_custom_plan', false)
                 is null -- never; PERFORM would plan a query
             else current_setting('plan_cache_mode') <> 'force_generic_plan'
             end)
    then
        perform tocsin_internal.plan_for_growth();
    end if;

    -- The first number separates our locks from those of other programs in
    -- the same database: it is 'tocs' in ASCII.
    return case when pg_advisory_xact_lock(1953457011,
            hashtext(i_events[1].integration_id || '/'
                || i_events[1].external_id))
        is not null then array[1] end;
end;
$$;

comment on function tocsin_internal.prepare_batch
is 'Check, lock and number the events of a call.';
