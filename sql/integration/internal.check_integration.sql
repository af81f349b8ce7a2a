-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.check_integration(
    i_id    text)
returns void
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.check_integration(1)
--
--      Raise an error if no integration has this id.
--
-- Raises:
--      TO404   - no integration has this id
-- ----------------------------------------------------------------------
begin
    if not exists (select from integration where integration_id = i_id) then
        raise exception using errcode = 'TO404',
            message = format('there is no integration %s',
                coalesce(quote_literal(i_id), 'null')),
            hint = 'List them: tocsin integration list.';
    end if;
end;
$$;

comment on function tocsin_internal.check_integration
is 'Raise an error if no integration has this id.';
