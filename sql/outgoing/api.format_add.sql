-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.format_add(
    i_name          text,
    i_definition    text)
returns tocsin_api.format_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.format_add(2)
--
--      Create a format, or replace one that is not built in.
--
-- Parameters:
--      i_name          - 1 to 32 of a-z, 0-9 and -; must not begin with -
--      i_definition    - JSON object, such as format_show returns; its
--                        members are columns of format, of which only audience
--                        and template are required
--
-- Returns:
--      the format
-- Raises:
--      TO422           - an invalid value, which the message names
-- ----------------------------------------------------------------------
declare
    _definition jsonb;
    _rule       text;
    _message    text;
begin
    if exists (select from format where name = i_name and is_builtin) then
        raise exception using errcode = 'TO422',
            message = format('the format %L is built in', i_name),
            hint = 'Choose another name.';
    end if;
    _definition := coalesce(i_definition, 'null')::jsonb;
    perform check_members(_definition, '{audience, content_type, template,
        escape, title_max, title_bytes_max, text_max, text_bytes_max,
        failure_pattern}');
    perform '' ~ (_definition ->> 'failure_pattern');
    perform put_format(i_name, _definition, false);
    return describe_formats(i_name);
exception
    when check_violation or not_null_violation then
        get stacked diagnostics _rule = constraint_name, _message = column_name;
        raise exception using errcode = 'TO422',
            message = case when _rule <> '' then 'a rule is broken: '
                    || replace(_rule, '_', ' ')
                else format('%s must not be null', _message) end,
            hint = 'Compare tocsin format show slack.';
    when data_exception then
        raise exception using errcode = 'TO422',
            message = 'the definition of a format is invalid: ' || sqlerrm,
            hint = 'Compare tocsin format show slack.';
end;
$$;

comment on function tocsin_api.format_add
is 'Create a format, or replace one that is not built in.';
