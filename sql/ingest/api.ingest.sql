-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.ingest(
    i_event_id uuid[], i_received_at timestamptz[], i_source text[],
    i_integration_id text[], i_token_hash bytea[], i_event_type text[],
    i_external_id text[], i_title text[], i_description text[],
    i_urgency text[], i_tags text[], i_dedup_keys text[], i_meta jsonb[],
    i_incident boolean[], i_incident_severity text[],
    i_incident_message text[], i_additional_data jsonb[], i_flags text[],
    i_request_id text[], i_remote_addr text[])
returns setof tocsin_api.receipt
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.ingest(20)
--
--      Apply events in the order of the arrays, all or none, and say what
--      became of each.  An event that is in the log already changes
--      nothing and gets its first receipt again.
--
-- Parameters, arrays of one length:
--      i_event_id      - UUIDv7, the same at every try
--      i_source        - webhook, spool, operator or board: see
--                        judge_sender and judge_spooled
--      i_token_hash    - SHA-256 of the token sent; null: none was
--      i_tags, i_dedup_keys, i_flags
--                      - array literals; like all fields of a create null
--                        on acknowledge and resolve
--      the others      - as the columns of tocsin_internal.event
--
-- Returns:
--      one receipt per event, in no promised order
-- Raises:
--      22..., 25...    - see prepare_batch
--      40001, 23505    - somebody writes by hand: try again
-- Locks: advisory, each key, see lock_keys
-- ----------------------------------------------------------------------
declare
    _turn       integer[];
    _round      integer := 1;
    _wary       boolean := false;
    _receipts   tocsin_api.receipt[];
begin
    _turn := prepare_batch(array[
        cardinality(i_event_id), cardinality(i_received_at),
        cardinality(i_source), cardinality(i_integration_id),
        cardinality(array_remove(i_event_type, null)),
        cardinality(i_token_hash), cardinality(i_external_id),
        cardinality(i_title), cardinality(i_description),
        cardinality(i_urgency), cardinality(i_dedup_keys),
        cardinality(i_tags), cardinality(i_meta), cardinality(i_flags),
        cardinality(i_incident), cardinality(i_incident_severity),
        cardinality(i_incident_message), cardinality(i_additional_data),
        cardinality(i_request_id), cardinality(i_remote_addr)],
        i_received_at, i_integration_id, i_external_id);

    while _round <= any (_turn) loop
        begin
            if _wary then
                _turn := pass_known(_turn, _round, i_event_id);
                continue when _round > all (_turn);
            end if;
            _receipts := _receipts || apply_round(
                i_event_id, i_received_at, i_source, i_integration_id,
                i_token_hash, i_event_type, i_external_id, i_title,
                i_description, i_urgency, i_tags, i_dedup_keys, i_meta,
                i_incident, i_incident_severity, i_incident_message,
                i_additional_data, i_flags, i_request_id, i_remote_addr,
                _turn, _round);
            _round := _round + 1;
        exception
            when unique_violation then
                -- Few events are known: only now is it worth a look.
                if _wary then raise; end if;
                _wary := true;
            when check_violation then
                if not end_split(sqlerrm) then raise; end if;
        end;
    end loop;
    return query select * from unnest(_receipts);
    perform announce(_receipts);
    if _wary then
        return query select * from recall_receipts(_turn, i_event_id);
    end if;
end;
$$;

comment on function tocsin_api.ingest
is 'Apply events and say what became of each; the responder''s way in.';
