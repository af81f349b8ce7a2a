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
--      Make a sender's text harmless: it then mentions nobody, contains no
--      link whose text hides its address, and does not end the code span or
--      block around it.
--
-- Parameters:
--      i_escape    - slack: entities for &, < and >
--                    markdown: a zero-width space after ], an apostrophe for
--                    a backquote
--                    at_sign: as markdown, and a zero-width space after @
--                    paragraphs: as markdown, and an empty line between lines,
--                    which Markdown would join
--                    none: unchanged
-- ----------------------------------------------------------------------
    select case i_escape
           when 'slack' then
               replace(replace(replace(i_text,
                   '&', '&amp;'), '<', '&lt;'), '>', '&gt;')
           when 'markdown' then
               replace(replace(i_text, ']', E']\u200b'), '`', '''')
           when 'at_sign' then
               replace(replace(replace(i_text, ']', E']\u200b'),
                   '`', ''''), '@', E'@\u200b')
           when 'paragraphs' then
               regexp_replace(replace(replace(i_text, ']', E']\u200b'),
                   '`', ''''), E'\\n+', E'\n\n', 'g')
           else i_text end
$$;

comment on function tocsin_internal.escape_text
is 'Make a text from a sender harmless in the markup of a receiver.';
