-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.judge_spooled(
    i_integration_id    text,
    i_token_hash        bytea,
    i_received_at       timestamptz)
returns text
language plpgsql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.judge_spooled(3)
--
--      The outcome by which an event from a spool is refused for its
--      sender, or null.  It was answered that it will be stored, so what
--      was good when it was received is good: a token that was changed
--      since, an integration that was disabled since.  It was let in by a
--      copy that may have been old, so what had ended by then is refused.
--
--      The times are by the responder's clock and by this one: let both
--      follow the same time server.
--
-- Parameters:
--      i_token_hash    - SHA-256 of the token sent; empty: none was; null:
--                        whoever spooled it answers for the sender
--      the others      - see tocsin_api.ingest; the integration is there
-- ----------------------------------------------------------------------
begin
    if i_token_hash is null then
        return null;
    end if;
    return (
        select case
            when i.disabled_at <= i_received_at then 'disabled'
            when i.token_hash is null
                or i.token_hash = i_token_hash
                -- Where none was asked for, any was good.
                or exists (
                    select from tocsin_internal.retired_token r
                     where r.integration_id = i.integration_id
                       and r.token_hash in (i_token_hash, '')
                       and r.retired_at > i_received_at) then null
            else 'forbidden' end
          from tocsin_internal.integration i
         where i.integration_id = i_integration_id);
end;
$$;

comment on function tocsin_internal.judge_spooled
is 'Whether a spooled event''s sender had a right when it was received.';
