-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.put_format(
    i_name          text,
    i_definition    jsonb,
    i_is_builtin    boolean)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.put_format(3)
--
--      Create a format, or replace one of the same origin: an operator's format
--      is kept if tocsin later has a built-in one of that name.
--
-- Parameters:
--      i_definition    - object whose members are columns of format
--
-- Raises:
--      TO422           - a member is unknown or its value invalid
-- ----------------------------------------------------------------------
declare
    _new    format := jsonb_populate_record(null::format,
                '{"content_type": "application/json", "escape": "none"}'
                || i_definition
                || jsonb_build_object('name', i_name,
                    'is_builtin', i_is_builtin));
begin
    perform check_template(_new.template, false);
    insert into format as f select _new.*
        on conflict (name) do update
       set (audience, content_type, template, escape, title_max,
            title_bytes_max, text_max, text_bytes_max, failure_pattern)
           = (_new.audience, _new.content_type, _new.template, _new.escape,
              _new.title_max, _new.title_bytes_max, _new.text_max,
              _new.text_bytes_max, _new.failure_pattern)
     where f.is_builtin = _new.is_builtin
       and f is distinct from _new;
end;
$$;

comment on function tocsin_internal.put_format
is 'Create a format, or replace one of the same origin.';
