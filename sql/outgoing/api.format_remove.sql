-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.format_remove(
    i_name  text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.format_remove(1)
--
--      Remove a format that is not built in.
--
-- Raises:
--      TO404   - no format has this name
--      TO422   - it is built in, or a destination uses it
-- ----------------------------------------------------------------------
declare
    f       constant tocsin_api.format_info := tocsin_api.format_show(i_name);
    _users  text;
begin
    if f.is_builtin then
        raise exception using errcode = 'TO422',
            message = format('the format %L is built in', i_name),
            hint = 'It would be back after the next tocsin init.';
    end if;
    delete from format where name = i_name;
exception when foreign_key_violation then
    select string_agg(name, ', ' order by name) into _users
      from destination
     where destination.format = i_name;
    raise exception using errcode = 'TO422',
        message = format('the format %L is that of %s', i_name, _users),
        hint = 'Give them another: tocsin destination set NAME --format.';
end;
$$;

comment on function tocsin_api.format_remove
is 'Remove a format that is not built in.';
