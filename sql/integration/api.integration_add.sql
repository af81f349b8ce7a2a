-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.integration_add(
    i_name          text,
    i_token_hash    bytea,
    i_capture       boolean,
    i_urgency       text,
    i_dialect       text default null,
    i_wrapper_key   text default null,
    i_prefix        text default null)
returns tocsin_api.integration_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.integration_add(7)
--
--      Create an integration with a new id.
--
-- Parameters:
--      i_name          - display name, 1 to 255 characters
--      i_token_hash    - SHA-256 of its token; null: no token required
--      i_capture       - keep members outside the protocol; null: no
--      i_urgency       - default urgency of its alerts; null: medium
--      i_dialect, i_wrapper_key    - see check_options
--      i_prefix        - of the random part of its id, by which a web server
--                        finds its cell: 1 to 4 of a-z, 0-9; null: none
--
-- Returns:
--      the integration
-- Raises:
--      TO422           - an invalid value, which the message names
-- ----------------------------------------------------------------------
declare
    _id     text;
begin
    if i_name !~ E'\\S' or char_length(i_name) > 255 or i_name is null then
        raise exception using errcode = 'TO422',
            message = 'the name of an integration must have 1 to 255'
                || ' characters',
            hint = 'Choose a name that people recognise.';
    end if;
    if octet_length(i_token_hash) <> 32 then
        raise exception using errcode = 'TO422',
            message = 'the hash of a token must have 32 bytes',
            hint = 'Pass the SHA-256 of the token.';
    end if;
    if i_urgency <> all (enum_range(null::urgency)::text[]) then
        raise exception using errcode = 'TO422',
            message = format('there is no urgency %L', i_urgency),
            hint = 'Use silent, low, medium, high or critical.';
    end if;
    perform check_options(i_dialect, i_wrapper_key);
    if i_prefix !~ '^[a-z0-9]{1,4}$' then
        raise exception using errcode = 'TO422',
            message = format('%L cannot be the prefix of an id', i_prefix),
            hint = 'Use 1 to 4 of a-z and 0-9.';
    end if;

    insert into integration (integration_id, name, token_hash,
           capture_additional_data, default_urgency, dialect, wrapper_key)
    values (make_integration_id(i_prefix), i_name, i_token_hash,
           coalesce(i_capture, false),
           coalesce(i_urgency::urgency, 'medium'),
           nullif(i_dialect, ''), nullif(i_wrapper_key, ''))
    returning integration_id into _id;
    return describe_integrations(_id);
end;
$$;

comment on function tocsin_api.integration_add
is 'Create an integration.';
