-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.check_options(
    i_dialect       text,
    i_wrapper_key   text)
returns void
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.check_options(2)
--
--      Raise an error if an option of an integration has an invalid value;
--      null and an empty one are valid.
--
-- Parameters:
--      i_dialect       - name of the dialect that its sender speaks
--      i_wrapper_key   - JSON pointer (RFC 6901) of 1 to 8 steps and at
--                        most 255 bytes, without control characters and
--                        backslashes, to the member of a body that holds
--                        the event
--
-- Raises:
--      TO422           - an invalid value, which the message names
-- ----------------------------------------------------------------------
begin
    if i_dialect !~ '^([a-z0-9][a-z0-9-]{0,31})?$' then
        raise exception using errcode = 'TO422',
            message = format('%L is no name of a dialect', i_dialect),
            hint = 'Use a-z, 0-9 and -, at most 32 of them.';
    end if;
    if i_wrapper_key !~ E'^(/([^[:cntrl:]/~\\\\]|~[01])+){0,8}$'
        or octet_length(i_wrapper_key) > 255
    then
        raise exception using errcode = 'TO422',
            message = format('%L is no pointer to a member', i_wrapper_key),
            hint = 'Use a JSON pointer of at most 8 steps and 255 bytes,'
                || ' like /data/event.';
    end if;
end;
$$;

comment on function tocsin_internal.check_options
is 'Raise an error if an option of an integration is invalid.';
