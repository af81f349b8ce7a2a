-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.fill_string(
    i_string    text,
    i_facts     jsonb,
    i_format    tocsin_internal.format)
returns text
language plpgsql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.fill_string(3)
--
--      Fill in one string of a template, within the format's limits: its first
--      description, text or lines, or else title or summary, is cut to the
--      room that all other text leaves, and any other value to 255 characters.
--
-- Returns:
--      null if the string is a single placeholder without a value.  A string
--      {{secret.NAME}} is unchanged
-- ----------------------------------------------------------------------
declare
    _long   text := substring(i_string, '{{(description|text|lines)}}');
    _main   text := coalesce(_long,
                substring(i_string, '{{(title|summary)}}'));
    _max    integer := i_format.title_max;
    _bytes  integer := i_format.title_bytes_max;
    _others integer;
    _at     integer;
    _before text;
    _after  text;
    _value  text;
begin
    if i_string !~ '{{' or i_string like '{{secret.%' then
        return i_string;
    end if;
    if _long is not null then
        _max := i_format.text_max;
        _bytes := i_format.text_bytes_max;
    end if;
    if coalesce(_max, _bytes) is not null then
        _others := 255;
    end if;
    if _main is null then
        return nullif(tocsin_internal.fill_text(
            i_string, i_facts, i_format, _others), '');
    end if;
    _at := strpos(i_string, '{{' || _main || '}}');
    _before := tocsin_internal.fill_text(
        left(i_string, _at - 1), i_facts, i_format, _others);
    _after := tocsin_internal.fill_text(
        substr(i_string, _at + char_length(_main) + 4), i_facts, i_format,
        _others);
    _max := _max - tocsin_internal.utf16_length(concat(_before, _after));
    _bytes := _bytes - octet_length(concat(_before, _after));
    if _main = 'lines' then
        _value := tocsin_internal.join_lines(
            i_facts, i_format.escape, _max, _bytes);
    else
        _value := tocsin_internal.shorten(
            tocsin_internal.show_fact(i_facts, _main, i_format), _max, _bytes);
    end if;
    return nullif(concat(_before, _value, _after), '');
end;
$$;

comment on function tocsin_internal.fill_string
is 'Fill in one string of a template, within the limits of its format.';
