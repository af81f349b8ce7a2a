-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.show_fact(
    i_facts     jsonb,
    i_name      text,
    i_format    tocsin_internal.format)
returns text
language sql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.show_fact(3)
--
--      Return the value of one placeholder as text, escaped as the format
--      wants it; empty if it has none.  A list is joined by commas.  People
--      get all but description and text in one line.
--
-- Parameters:
--      i_facts     - see facts_of
--      i_name      - a member of them; meta.KEY: a member of meta
-- ----------------------------------------------------------------------
    select coalesce(escape_text(
               case when i_format.audience = 'people'
                     and i_name not in ('description', 'text')
                    then one_line(t.text) else t.text end,
               i_format.escape), '')
      from (select case when i_name like 'meta.%'
                        then i_facts -> 'meta' -> substr(i_name, 6)
                        else i_facts -> i_name end) f(value)
     cross join lateral (
           select case jsonb_typeof(f.value)
                  when 'array' then (
                      select string_agg(e, ', ' order by n)
                        from jsonb_array_elements_text(f.value)
                             with ordinality as elements(e, n))
                  else f.value #>> '{}' end) t(text)
$$;

comment on function tocsin_internal.show_fact
is 'Return the value of one placeholder as text.';
