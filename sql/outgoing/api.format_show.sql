-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.format_show(
    i_name  text)
returns tocsin_api.format_info
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.format_show(1)
--
--      Return one format.
--
-- Raises:
--      TO404   - no format has this name
-- ----------------------------------------------------------------------
begin
    if not exists (select from format where name = i_name) then
        raise exception using errcode = 'TO404',
            message = format('there is no format %s',
                coalesce(quote_literal(i_name), 'null')),
            hint = 'List them: tocsin format list.';
    end if;
    return describe_formats(i_name);
end;
$$;

comment on function tocsin_api.format_show
is 'Return one format.';
