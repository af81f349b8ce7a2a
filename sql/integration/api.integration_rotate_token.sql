-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.integration_rotate_token(
    i_id        text,
    i_new_hash  bytea,
    i_grace     interval)
returns tocsin_api.integration_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.integration_rotate_token(3)
--
--      Give an integration a new token.  The previous one stays valid for
--      a grace period, so that senders can be switched over without a gap.
--
-- Parameters:
--      i_new_hash      - SHA-256 of the new token; null: require no token
--                        from now on
--      i_grace         - how long the previous token stays valid; null or
--                        0: not at all
--
-- Returns:
--      the integration
-- Raises:
--      TO404           - no integration has this id
--      TO422           - an invalid hash or grace period
-- ----------------------------------------------------------------------
declare
    _grace  interval := coalesce(i_grace, interval '0');
begin
    perform check_integration(i_id);
    if octet_length(i_new_hash) <> 32 then
        raise exception using errcode = 'TO422',
            message = 'the hash of a token must have 32 bytes',
            hint = 'Pass the SHA-256 of the token.';
    end if;
    if _grace not between interval '0' and interval '100 years' then
        raise exception using errcode = 'TO422',
            message = 'the grace period must be 0 to 100 years',
            hint = 'Use 0 to invalidate the previous token at once.';
    end if;

    -- If no token was required, there is no previous one to keep valid.
    update integration
       set previous_token_hash = case when i_new_hash is not null
               and _grace > interval '0' then token_hash end,
           previous_token_expires_at = case when i_new_hash is not null
               and _grace > interval '0' and token_hash is not null
               then now() + _grace end,
           token_hash = i_new_hash
     where integration_id = i_id;
    return describe_integrations(i_id);
end;
$$;

comment on function tocsin_api.integration_rotate_token
is 'Give an integration a new token.';
