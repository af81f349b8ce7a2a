-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_check()
returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_check(0)
--
--      Check whether the board may be shown.  A responder that is not the
--      owner has no access to a board that is off anyway.
--
-- Returns:
--      true
-- Raises:
--      42501   - the board is off
-- ----------------------------------------------------------------------
begin
    if not exists (
        select from setting where name = 'board' and value = 'on')
    then
        raise exception using errcode = '42501',
            message = 'the board is off',
            hint = 'Run: tocsin board on';
    end if;
    return true;
end;
$$;

comment on function tocsin_api.board_check
is 'Return true if the board may be shown, else raise an error.';
