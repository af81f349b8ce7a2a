-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.render(
    i_format    tocsin_internal.format,
    i_facts     jsonb)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.render(2)
--
--      Render the body of a request.  This text is sent once the relay has
--      filled in the secrets that secret_paths points to.
--
--      If it exceeds 256 KiB, shorten the longest facts until it does not:
--      relays and receivers accept no more, and the notice must be sent.
--
-- Parameters:
--      i_format    - a row of format
--      i_facts     - the result of facts: for machines, of one delivery
-- ----------------------------------------------------------------------
declare
    _max    constant integer := 256 * 1024;
    _facts  jsonb := i_facts;
    _text   text := i_facts ->> 'description';
    _body   jsonb;
    _name   text;
begin
    -- {"$json": "description"} takes it from here as it is.
    if i_format.audience = 'machines'
       and exceeds(_text, i_format.text_max, i_format.text_bytes_max) then
        _facts := _facts || jsonb_build_object(
            'description', shorten(_text, i_format.text_max,
                i_format.text_bytes_max),
            'flags', coalesce(nullif(_facts -> 'flags', 'null'), '[]')
                || '["shortened"]');
    end if;
    _body := fill(i_format.template, _facts, i_format);
    if octet_length(_body::text) <= _max then
        return _body;
    end if;
    for _name in
        select n
          from unnest('{additional_data, meta, description,
               dedup_keys}'::text[]) n
         order by octet_length((_facts -> n)::text) desc nulls last
    loop
        _facts := cut_facts(_facts, _name);
        _body := fill(i_format.template, _facts, i_format);
        exit when octet_length(_body::text) <= _max;
    end loop;
    return _body;
end;
$$;

comment on function tocsin_internal.render
is 'Render the body of a request from a format and facts.';
