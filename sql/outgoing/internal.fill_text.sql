-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.fill_text(
    i_text      text,
    i_facts     jsonb,
    i_format    tocsin_internal.format,
    i_max       integer)
returns text
language plpgsql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.fill_text(4)
--
--      Replace the placeholders of a text by their values, each shortened to
--      i_max characters; null: no limit.  Values are not searched for
--      placeholders.
-- ----------------------------------------------------------------------
declare
    _pieces text[] := string_to_array(i_text, '{{');
    _filled text := _pieces[1];
    _name   text;
    _piece  text;
begin
    foreach _piece in array _pieces[2:] loop
        _name := split_part(_piece, '}}', 1);
        _filled := _filled
            || tocsin_internal.shorten(tocsin_internal.show_fact(
                i_facts, _name, i_format), i_max, null)
            || substr(_piece, char_length(_name) + 3);
    end loop;
    return _filled;
end;
$$;

comment on function tocsin_internal.fill_text
is 'Replace the placeholders of a text by their values.';
