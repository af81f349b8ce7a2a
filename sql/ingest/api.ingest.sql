-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.ingest(
    i_events    tocsin_api.event_in[])
returns setof tocsin_api.receipt
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.ingest(1)
--
--      Apply events in the order of the array, all or none, and return a
--      receipt for each.  Idempotent: an event that is already in the log
--      changes nothing and gets its first receipt again.
--
--      With an empty array it raises what would keep events from being
--      stored, like a read-only server or a missing table, and changes
--      nothing.
--
-- Returns:
--      one receipt per event, in no particular order
-- Raises:
--      22..., 25...    - see prepare_batch
--      40001, 23505    - a concurrent manual write: try again
-- Locks:
--      advisory, each key: see lock_keys
-- ----------------------------------------------------------------------
declare
    _turn       integer[];
    _round      integer := 1;
    _wary       boolean := false;
    _receipts   tocsin_api.receipt[];
begin
    _turn := prepare_batch(i_events);
    if cardinality(i_events) = 0 then
        perform apply_set(i_events, _turn, 1);
    end if;
    while _round <= any (_turn) loop
        begin
            if _wary then
                _turn := pass_known(i_events, _turn, _round);
                continue when _round > all (_turn);
            end if;
            if cardinality(_turn) = 1 then
                _receipts := array[apply_event(i_events[1])];
            else
                _receipts := _receipts
                    || apply_set(i_events, _turn, _round);
            end if;
            _round := _round + 1;
        exception
            when unique_violation then
                -- Repeated events are rare: only now look for them.
                if _wary then raise; end if;
                _wary := true;
            when check_violation then
                if not end_split(sqlerrm) then raise; end if;
        end;
    end loop;
    return query select * from unnest(_receipts);
    perform announce(_receipts);
    if _wary then
        return query select * from recall_receipts(i_events, _turn);
    end if;
end;
$$;

comment on function tocsin_api.ingest
is 'Apply events and return a receipt for each; called by the responder.';
