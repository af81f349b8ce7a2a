-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.plain_text(
    i_html  text)
returns text
language sql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.plain_text(1)
--
--      Convert a description, which may contain HTML, to plain text: without
--      tags, the usual entities as characters, no control characters other
--      than tab and line feed, at most one empty line in a row.  Ends of blocks
--      and <br> end lines.  Not safe as HTML: &lt;b> becomes <b>.
-- ----------------------------------------------------------------------
    select btrim(regexp_replace(regexp_replace(
               replace(replace(replace(replace(replace(replace(replace(
               regexp_replace(regexp_replace(i_html,
                   E'<(br|/p|/div|/li|/tr|/h[1-6]|/pre)\\M[^<>]*>', E'\n',
                   'gi'),
                   '</?[a-z!][^<>]*>', '', 'gi'),
               '&nbsp;', ' '), '&lt;', '<'), '&gt;', '>'), '&quot;', '"'),
               '&#39;', ''''), '&apos;', ''''), '&amp;', '&'),
               E'[\x01-\b\x0b-\x1f\x7f-\u009f\u202a-\u202e\u2066-\u2069]+',
               '', 'g'),
               E'\n{3,}', E'\n\n', 'g'), E' \t\n')
$$;

comment on function tocsin_internal.plain_text
is 'Convert a description to plain text, without tags.';
