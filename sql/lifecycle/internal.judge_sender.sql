-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.judge_sender(
    i_integration   tocsin_internal.integration,
    i_source        tocsin_internal.source,
    i_token_hash    bytea,
    i_received_at   timestamptz)
returns text
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.judge_sender(4)
--
--      Return the outcome with which to refuse an event because of its
--      integration, token or source, or null to accept it.  A single
--      expression, so that the planner can inline it; the most frequent
--      cases come first.
--
-- Parameters:
--      i_integration   - null if it does not exist
--      the others      - see tocsin_api.ingest
-- ----------------------------------------------------------------------
    select case
        when i_integration.integration_id is null then 'unknown_integration'
        when tocsin_internal.is_welcome(i_integration, i_token_hash) then null
        when enum_eq(i_source, 'spool') then tocsin_internal.judge_spooled(
            i_integration.integration_id, i_token_hash, i_received_at)
        -- Tick knows, and resolves what it has created.  As text, for the
        -- label may be as new as this function: see heard.
        when not i_integration.enabled then
            case when texteq(i_source::text, 'timer') then null
                else 'disabled' end
        when enum_ne(i_source, 'webhook')
            or i_integration.previous_token_hash = i_token_hash
                and i_integration.previous_token_expires_at > now() then null
        else 'forbidden' end
$$;

comment on function tocsin_internal.judge_sender
is 'Decide whether a sender may send to an integration.';
