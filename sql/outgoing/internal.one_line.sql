-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.one_line(
    i_text  text)
returns text
language sql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.one_line(1)
--
--      Return a text as one line: a space replaces each run of white space,
--      control characters and marks that change the direction of text.
-- ----------------------------------------------------------------------
    select btrim(regexp_replace(i_text,
        E'[\u0001-\u0020\u007f-\u00a0\u2028-\u202e\u2066-\u2069\ufeff]+',
        ' ', 'g'))
$$;

comment on function tocsin_internal.one_line
is 'Return a text as one line.';
