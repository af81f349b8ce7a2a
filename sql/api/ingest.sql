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
--      Apply events in the order of the arrays and say what became of
--      each.  All or none are stored.  An event that is in the log
--      already changes nothing and gets its first receipt again.
--
-- Parameters, arrays of one length:
--      i_event_id      - UUIDv7, the same at every try
--      i_received_at   - when the responder received it
--      i_source        - webhook, spool, operator or board; a webhook
--                        must know the token, and the integration must be
--                        enabled for all but the spool
--      i_token_hash    - SHA-256 of the token sent; null: none was
--      i_event_type    - create, acknowledge or resolve
--      i_external_id   - the sender's Id, unique within the integration
--      i_tags          - array literals; null on acknowledge and resolve,
--      i_dedup_keys      as are all the fields of a create
--      i_flags         - array literals
--      the others      - as the columns of tocsin_internal.event
--
-- Returns:
--      one receipt per event, in no promised order
-- Raises:
--      22023           - the arrays differ in length
--      40001, 23505    - somebody else was in between: try again
-- Locks:
--      advisory, each key: see lock_keys
-- ----------------------------------------------------------------------
declare
    _n      integer := cardinality(i_event_id);
    _ids    uuid[];
    _turn   integer[];
    _rounds integer := 1;
begin
    if (_n = all (array[cardinality(i_received_at), cardinality(i_source),
        cardinality(i_integration_id), cardinality(i_token_hash),
        cardinality(i_event_type), cardinality(i_external_id),
        cardinality(i_title), cardinality(i_description),
        cardinality(i_urgency), cardinality(i_tags),
        cardinality(i_dedup_keys), cardinality(i_meta),
        cardinality(i_incident), cardinality(i_incident_severity),
        cardinality(i_incident_message), cardinality(i_additional_data),
        cardinality(i_flags), cardinality(i_request_id),
        cardinality(i_remote_addr)])) is not true
    then
        raise exception using errcode = '22023',
            message = 'the arrays differ in length or one is null',
            hint = 'Each array has one element for each event.';
    end if;

    -- Set for the commit, which a SET of the function would not reach.
    if current_setting('synchronous_commit')
        in ('off', 'local', 'remote_write')
    then
        perform set_config('synchronous_commit', 'on', true);
    end if;

    _ids := array(select id from unnest(i_event_id) id order by id);
    if lock_keys(i_integration_id, i_external_id) > 1 then
        _turn := take_turns(i_integration_id, i_external_id);
        _rounds := (select max(turn) from unnest(_turn) turn);
    else
        _turn := array_fill(1, array[_n]);
    end if;

    for _round in 1.._rounds loop
        return query select * from apply_events(
            i_event_id, i_received_at, i_source, i_integration_id,
            i_token_hash, i_event_type, i_external_id, i_title,
            i_description, i_urgency, i_tags, i_dedup_keys, i_meta,
            i_incident, i_incident_severity, i_incident_message,
            i_additional_data, i_flags, i_request_id, i_remote_addr,
            _turn, _round, _ids[1], _ids[_n]);
    end loop;
end;
$$;

comment on function tocsin_api.ingest(
    uuid[], timestamptz[], text[], text[], bytea[], text[], text[], text[],
    text[], text[], text[], text[], jsonb[], boolean[], text[], text[],
    jsonb[], text[], text[], text[])
is 'Apply events and say what became of each; the responder''s way in.';
