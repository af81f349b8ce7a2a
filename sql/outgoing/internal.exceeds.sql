-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.exceeds(
    i_text      text,
    i_max       integer,
    i_bytes_max integer)
returns boolean
language sql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.exceeds(3)
--
--      Return whether a text is longer than i_max characters, counted by
--      utf16_length, or than i_bytes_max bytes; null: no limit.
-- ----------------------------------------------------------------------
    -- No character has fewer bytes than units of UTF-16.
    select coalesce(octet_length(i_text) > i_bytes_max, false)
        or coalesce(octet_length(i_text) > i_max
               and tocsin_internal.utf16_length(i_text) > i_max, false)
$$;

comment on function tocsin_internal.exceeds
is 'Return whether a text is longer than a receiver accepts.';
