-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.utf16_length(
    i_text  text)
returns integer
language sql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.utf16_length(1)
--
--      Count the characters of a text as in UTF-16, where one beyond U+FFFF
--      counts twice.  Receivers count one or two for such a character: what
--      keeps this limit keeps theirs.
-- ----------------------------------------------------------------------
    select char_length(i_text) + char_length(regexp_replace(
        i_text, '[\u0001-\uffff]+', '', 'g'))
$$;

comment on function tocsin_internal.utf16_length
is 'Count the characters of a text as in UTF-16.';
