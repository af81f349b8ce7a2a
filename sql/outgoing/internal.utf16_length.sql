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
--      Count the UTF-16 code units of a text: a character beyond U+FFFF counts
--      twice.  Receivers count it once or twice, so a text within this limit is
--      within theirs.
-- ----------------------------------------------------------------------
    select char_length(i_text) + char_length(regexp_replace(
        i_text, E'[\u0001-\uffff]+', '', 'g'))
$$;

comment on function tocsin_internal.utf16_length
is 'Count the UTF-16 code units of a text.';
