-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.describe_formats(
    i_name  text)
returns setof tocsin_api.format_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.describe_formats(1)
--
--      Return one format, or all, by name, if i_name is null.  The definition
--      recreates the format; members that are null are left out.
-- ----------------------------------------------------------------------
    select name, audience, is_builtin,
           jsonb_pretty(jsonb_set(jsonb_strip_nulls(
                   to_jsonb(f) - '{name,is_builtin,template}'::text[]),
               '{template}', template))
      from format f
     where i_name is null or name = i_name
     order by name
$$;

comment on function tocsin_internal.describe_formats
is 'Return one format, or all, as the operator sees them.';
