-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.apply_round(
    i_event_id uuid[], i_received_at timestamptz[], i_source text[],
    i_integration_id text[], i_token_hash bytea[], i_event_type text[],
    i_external_id text[], i_title text[], i_description text[],
    i_urgency text[], i_tags text[], i_dedup_keys text[], i_meta jsonb[],
    i_incident boolean[], i_incident_severity text[],
    i_incident_message text[], i_additional_data jsonb[], i_flags text[],
    i_request_id text[], i_remote_addr text[],
    i_turn integer[], i_round integer)
returns tocsin_api.receipt[]
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.apply_round(22)
--
--      Apply the events of one round and return their receipts.
--
-- Parameters:
--      as of tocsin_internal.judge_events
-- Raises:
--      as apply_set
-- ----------------------------------------------------------------------
begin
    if cardinality(i_turn) = 1 then
        return array[tocsin_internal.apply_event(
            i_event_id[1], i_received_at[1], i_source[1],
            i_integration_id[1], i_token_hash[1], i_event_type[1],
            i_external_id[1], i_title[1], i_description[1], i_urgency[1],
            i_tags[1], i_dedup_keys[1], i_meta[1], i_incident[1],
            i_incident_severity[1], i_incident_message[1],
            i_additional_data[1], i_flags[1], i_request_id[1],
            i_remote_addr[1])];
    end if;
    return tocsin_internal.apply_set(
        i_event_id, i_received_at, i_source, i_integration_id, i_token_hash,
        i_event_type, i_external_id, i_title, i_description, i_urgency,
        i_tags, i_dedup_keys, i_meta, i_incident, i_incident_severity,
        i_incident_message, i_additional_data, i_flags, i_request_id,
        i_remote_addr, i_turn, i_round);
end;
$$;

comment on function tocsin_internal.apply_round
is 'Judge and write a round, by the way for one event or for many.';
