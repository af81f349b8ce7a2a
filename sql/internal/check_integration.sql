-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.check_integration(
    i_id    text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.check_integration(1)
--
--      Lock an integration for a change, or say that there is none.
--
-- Raises:
--      TO404   - no integration has this id
-- ----------------------------------------------------------------------
begin
    perform from integration where integration_id = i_id for update;
    if not found then
        raise exception using errcode = 'TO404',
            message = format('there is no integration %s',
                coalesce(quote_literal(i_id), 'null')),
            hint = 'See tocsin_api.integration_list().';
    end if;
end;
$$;

comment on function tocsin_internal.check_integration(text)
is 'Lock an integration, or say that there is none.';
