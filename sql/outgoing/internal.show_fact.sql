-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.show_fact(
    i_facts     jsonb,
    i_name      text,
    i_format    tocsin_internal.format)
returns text
language plpgsql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.show_fact(3)
--
--      Return the value of one placeholder as text, with the format's escape,
--      except for url; empty if it has none.  A list is joined by commas.  For
--      people all values are made one line, except description and text.
--
-- Parameters:
--      i_facts     - see facts_of
--      i_name      - a member of them; meta.KEY: a member of meta
-- ----------------------------------------------------------------------
declare
    _value  jsonb := case when i_name like 'meta.%'
                then i_facts -> 'meta' -> substr(i_name, 6)
                else i_facts -> i_name end;
    _text   text := _value #>> '{}';
begin
    if jsonb_typeof(_value) = 'array' then
        select string_agg(e, ', ' order by n) into _text
          from jsonb_array_elements_text(_value) with ordinality as l(e, n);
    end if;
    if _text is null then
        return '';
    end if;
    if i_format.audience = 'people' and i_name not in ('description', 'text')
    then
        _text := tocsin_internal.one_line(_text);
    end if;
    -- Written by the operator, and broken by a zero-width space.
    if i_name = 'url' then
        return _text;
    end if;
    return tocsin_internal.escape_text(_text, i_format.escape);
end;
$$;

comment on function tocsin_internal.show_fact
is 'Return the value of one placeholder as text.';
