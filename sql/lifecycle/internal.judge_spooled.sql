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
--      Return the outcome with which to refuse a spooled event because of
--      its sender, or null to accept it.  The sender was promised that the
--      event will be stored, so what was valid when it was received still
--      counts: a token rotated since, an integration disabled since.  The
--      event was admitted by a copy of the integrations that may have been
--      stale, so what had already ended by then is refused.
--
--      Compares the responder's clock with the database's: keep both
--      synchronised to the same time server.
--
-- Parameters:
--      i_token_hash    - SHA-256 of the token sent; empty if none was; null
--                        if the program that spooled it vouches for the
--                        sender
--      the others      - see tocsin_api.ingest; the integration exists
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
                -- If no token was required, any was valid.
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
is 'Decide whether the sender of a spooled event was allowed to send it.';
