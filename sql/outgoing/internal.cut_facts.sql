-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.cut_facts(
    i_facts     jsonb,
    i_name      text)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.cut_facts(2)
--
--      Return the facts of a message with one of them shortened: description
--      and text are cut to 8 KiB; meta and full_meta keep only the members of
--      an incident; additional_data and dedup_keys become empty.  The flag
--      shortened says so, as does a member of full_meta, for formats without
--      flags.  The facts of each alert in the message are shortened as well.
--
-- Parameters:
--      i_facts     - see facts_of
--      i_name      - a name in the list of render
-- ----------------------------------------------------------------------
declare
    _mark   constant jsonb := jsonb '{"shortened": true}';
    _flags  constant jsonb := coalesce(
                nullif(i_facts -> 'flags', 'null'), '[]');
    _full   jsonb := i_facts -> 'full_meta';
begin
    if i_name = 'meta' then
        _full := _full - array(select jsonb_object_keys(i_facts -> 'meta'));
    end if;
    return i_facts || case i_name
        when 'description' then jsonb_build_object(
            'description', shorten(i_facts ->> 'description', null, 8192),
            'text', shorten(i_facts ->> 'text', null, 8192))
        when 'meta' then jsonb_build_object('meta', _mark)
        else jsonb_build_object(i_name, '[]'::jsonb) end
        || jsonb_build_object('full_meta', _full || _mark, 'flags',
            _flags - 'shortened' || '["shortened"]')
        || case when i_facts ? 'alerts' then jsonb_build_object('alerts', (
            select jsonb_agg(cut_facts(a, i_name) order by n)
              from jsonb_array_elements(i_facts -> 'alerts')
                   with ordinality as alerts(a, n))) else '{}' end;
end;
$$;

comment on function tocsin_internal.cut_facts
is 'Return the facts of a message with one of them shortened.';
