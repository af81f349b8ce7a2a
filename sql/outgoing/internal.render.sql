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
--      Make the body of a request.  Its text is what is sent, once the relay
--      has put secrets in the places that secret_paths names.
--
-- Parameters:
--      i_format    - a row of format
--      i_facts     - what facts returns: of one delivery for machines
-- ----------------------------------------------------------------------
declare
    _facts  jsonb := i_facts;
    _text   text := i_facts ->> 'description';
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
    return fill(i_format.template, _facts, i_format);
end;
$$;

comment on function tocsin_internal.render
is 'Make the body of a request from a format and facts.';
