-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.escape_text(
    i_text      text,
    i_escape    text)
returns text
language sql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.escape_text(2)
--
--      Make a text from a sender harmless: none of it mentions anybody, is a
--      link with another text than its address, or ends the code span or
--      block that a template puts around it.
--
-- Parameters:
--      i_escape    - slack: entities for &, < and >
--                    markdown: a space of no width after ], an apostrophe
--                    for a backquote
--                    at_sign: the same, and that space after @
--                    paragraphs: like markdown, and an empty line between
--                    lines, which Markdown joins otherwise
--                    none: leave it as it is
-- ----------------------------------------------------------------------
    select case i_escape
           when 'slack' then
               replace(replace(replace(i_text,
                   '&', '&amp;'), '<', '&lt;'), '>', '&gt;')
           when 'markdown' then
               replace(replace(i_text, ']', U&']\200B'), '`', '''')
           when 'at_sign' then
               replace(replace(replace(i_text, ']', U&']\200B'),
                   '`', ''''), '@', U&'@\200B')
           when 'paragraphs' then
               regexp_replace(replace(replace(i_text, ']', U&']\200B'),
                   '`', ''''), '\n+', E'\n\n', 'g')
           else i_text end
$$;

comment on function tocsin_internal.escape_text
is 'Make a text from a sender harmless in the markup of a receiver.';
