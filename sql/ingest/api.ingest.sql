-- SPDX-License-Identifier: ISC

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
-- The first call of a session, the only one under CGI, prepares every
-- expression and reads the whole text of each function.  So in this function,
-- and in those that it calls for a lone event, test rare cases in one
-- condition, and keep the description outside the body.
create or replace function tocsin_api.ingest(
    i_events    tocsin_api.event_in[])
returns setof tocsin_api.receipt
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
set enable_seqscan = off
as $$
declare
    _turn       integer[];
    _round      integer := 1;
    _wary       boolean; -- some events may be in the log; null: none is
    _receipts   tocsin_api.receipt[];
begin
    _turn := prepare_batch(i_events);
    loop
        begin
            if _wary then
                _turn := pass_known(i_events, _turn, _round);
                exit when (_round <= any (_turn)) is not true;
            end if;
            if cardinality(_turn) = 1 then
                _receipts[1] := apply_event(i_events[1]);
                exit;
            end if;
            _receipts := _receipts || apply_set(i_events, _turn, _round);
            _round := _round + 1;
            exit when (_round <= any (_turn)) is not true;
        exception
            when unique_violation then
                -- Repeated events are rare: only now look for them.
                if _wary then raise; end if;
                _wary := true;
            when check_violation then
                if not end_split(sqlerrm) then raise; end if;
        end;
    end loop;
    -- For a lone event a query is a large part of the cost; PERFORM is one.
    _receipts := announce(_receipts);
    if cardinality(_receipts) = 1 and _wary is null then
        return next _receipts[1];
        return;
    end if;
    return query select * from unnest(_receipts);
    if _wary then
        return query select * from recall_receipts(i_events, _turn);
    end if;
end;
$$;

comment on function tocsin_api.ingest(tocsin_api.event_in[])
is 'Apply events and return a receipt for each; called by the responder.';

create or replace function tocsin_api.ingest(
    i_event_id          uuid[],
    i_received_at       timestamptz[],
    i_source            text[],
    i_integration_id    text[],
    i_token_hash        bytea[],
    i_event_type        text[],
    i_external_id       text[],
    i_title             text[],
    i_description       text[],
    i_urgency           text[],
    i_tags              text[],
    i_dedup_keys        text[],
    i_meta              jsonb[],
    i_incident          boolean[],
    i_incident_severity text[],
    i_incident_message  text[],
    i_additional_data   jsonb[],
    i_flags             text[],
    i_request_id        text[],
    i_remote_addr       text[])
returns setof tocsin_api.receipt
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.ingest(20)
--
--      The ingest of schema version 2, for responders of that release that
--      are connected while the schema is upgraded: they store events until
--      they are replaced.  They refuse a new connection, because they need
--      exactly version 2.  Migration 4 drops it.
--
-- Parameters, arrays of one length:
--      as the columns of tocsin_api.event_in
-- ----------------------------------------------------------------------
    select r.*
      from tocsin_api.ingest(array(
           select row(u.*)::tocsin_api.event_in
             from unnest(i_event_id, i_received_at, i_source,
                  i_integration_id, i_token_hash, i_event_type,
                  i_external_id, i_title, i_description, i_urgency, i_tags,
                  i_dedup_keys, i_meta, i_incident, i_incident_severity,
                  i_incident_message, i_additional_data, i_flags,
                  i_request_id, i_remote_addr) u)) r
$$;

comment on function tocsin_api.ingest(
    uuid[], timestamptz[], text[], text[], bytea[], text[], text[], text[],
    text[], text[], text[], text[], jsonb[], boolean[], text[], text[],
    jsonb[], text[], text[], text[])
is 'Apply events passed as arrays; for connected responders of version 2.';
