-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.shorten(
    i_text      text,
    i_max       integer,
    i_bytes_max integer)
returns text
language plpgsql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.shorten(3)
--
--      Cut a text to the limits, including an ellipsis at its end; empty if
--      there is no room for that.  Does not cut within a character, nor within
--      an entity that escape_text made of one.
-- ----------------------------------------------------------------------
declare
    _fits       integer := 0;
    _too_long   integer;
    _middle     integer;
begin
    if not tocsin_internal.exceeds(i_text, i_max, i_bytes_max) then
        return i_text;
    end if;
    if i_max < 1 or i_bytes_max < 3 then
        return '';
    end if;
    _too_long := least(char_length(i_text), i_max, i_bytes_max);
    while _too_long - _fits > 1 loop
        _middle := (_fits + _too_long) / 2;
        if tocsin_internal.exceeds(left(i_text, _middle), i_max - 1,
            i_bytes_max - 3)
        then
            _too_long := _middle;
        else
            _fits := _middle;
        end if;
    end loop;
    return regexp_replace(left(i_text, _fits), '&(a(mp?)?|[lg]t?)?$', '')
        || E'\u2026';
end;
$$;

comment on function tocsin_internal.shorten
is 'Cut a text to a receiver''s limits, with an ellipsis at its end.';
