-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.fill_text(
    i_text      text,
    i_facts     jsonb,
    i_format    tocsin_internal.format,
    i_max       integer)
returns text
language sql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.fill_text(4)
--
--      Put values in place of the placeholders of a text, each shortened to
--      i_max characters; null: any number.  Values are not searched for
--      placeholders.
-- ----------------------------------------------------------------------
    select string_agg(
               case when n = 1 then piece
                    else shorten(show_fact(i_facts, name, i_format),
                                 i_max, null)
                        || substr(piece, char_length(name) + 3) end,
               '' order by n)
      from unnest(string_to_array(i_text, '{{')) with ordinality p(piece, n)
     cross join lateral split_part(piece, '}}', 1) name
$$;

comment on function tocsin_internal.fill_text
is 'Put values in place of the placeholders of a text.';
