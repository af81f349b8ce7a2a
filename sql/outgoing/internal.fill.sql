-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.fill(
    i_template  jsonb,
    i_facts     jsonb,
    i_format    tocsin_internal.format)
returns jsonb
language plpgsql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.fill(3)
--
--      Fill in a template, or a part of one.  Its language:
--
--      "... {{title}} ..."     - the value of a placeholder, as text.  A
--                                member or element that would be empty is
--                                left out
--      "{{secret.NAME}}"       - unchanged; the relay fills in the secret
--      {"$json": "tags"}       - the value as JSON, or null
--      {"$n": "count"}         - a number, or null
--      {"$map": "urgency", "of": {"high": 4, ...}, "else": 3}
--                              - the member of "of" named by the value, or
--                                "else"; null without either
--      {"$each": "alerts", "item": ...}
--                              - a list: the item for each element, whose
--                                members shadow outer ones; {{item}} is an
--                                element that is not an object
--
-- Parameters:
--      i_facts     - see facts_of
--      i_format    - its limits and its escape are used
--
-- Returns:
--      null if the part must be left out
-- ----------------------------------------------------------------------
declare
    _name   text;
begin
    case jsonb_typeof(i_template)
    when 'string' then
        return to_jsonb(tocsin_internal.fill_string(
            i_template #>> '{}', i_facts, i_format));
    when 'array' then
        return (
            select coalesce(jsonb_agg(f order by n)
                       filter (where f is not null), '[]')
              from jsonb_array_elements(i_template)
                   with ordinality as elements(e, n)
             cross join lateral tocsin_internal.fill(e, i_facts, i_format) f);
    when 'object' then
        _name := coalesce(i_template ->> '$json', i_template ->> '$n',
            i_template ->> '$map', i_template ->> '$each');
    else
        return i_template;
    end case;
    if _name is null then
        -- Most members are plain values: save a call for each.
        return (
            select coalesce(jsonb_object_agg(k, f)
                       filter (where f is not null), '{}')
              from jsonb_each(i_template) members(k, v)
             cross join lateral (
                   select case when v ->> '$json' is not null
                               then coalesce(i_facts -> (v ->> '$json'), 'null')
                               else tocsin_internal.fill(v, i_facts, i_format)
                          end
                   offset 0) filled(f));
    elsif i_template ? '$each' then
        return (
            select coalesce(jsonb_agg(f order by n)
                       filter (where f is not null), '[]')
              from jsonb_array_elements(i_facts -> _name)
                   with ordinality as elements(e, n)
             cross join lateral tocsin_internal.fill(i_template -> 'item',
                   i_facts || case when jsonb_typeof(e) = 'object' then e
                                   else jsonb_build_object('item', e) end,
                   i_format) f);
    elsif i_template ? '$map' then
        return coalesce(i_template -> 'of' -> (i_facts ->> _name),
            i_template -> 'else', 'null');
    elsif i_template ? '$n' and jsonb_typeof(i_facts -> _name) <> 'number' then
        return jsonb 'null';
    end if;
    return coalesce(i_facts -> _name, 'null');
end;
$$;

comment on function tocsin_internal.fill
is 'Fill in a template, or a part of one.';
