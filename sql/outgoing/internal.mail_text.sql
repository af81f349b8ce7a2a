-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.mail_text(
    i_facts         jsonb,
    out o_subject   text,
    out o_body      text)
language sql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.mail_text(1)
--
--      Make a mail's subject, one line of 200 characters at most, and its
--      body, plain text that ends with a line feed.
--
-- Parameters:
--      i_facts     - what facts returns
-- ----------------------------------------------------------------------
    select shorten(one_line(i_facts ->> 'summary'), 200, null),
           one_line(i_facts ->> 'summary') || E'\n\n'
           || join_lines(i_facts, 'none', null, null) || E'\n'
           || case when i_facts ->> 'count' = '1' then E'\n'
                  || coalesce(
                      'Incident: ' || (i_facts ->> 'severity')
                      || coalesce(', ' || one_line(
                          i_facts ->> 'incident_message'), '') || E'\n', '')
                  || coalesce('Tags: ' || (
                      select string_agg(one_line(t), ', ' order by n)
                        from jsonb_array_elements_text(nullif(
                             i_facts -> 'tags', 'null'))
                             with ordinality as tags(t, n)) || E'\n', '')
                  || 'Id: ' || one_line(i_facts ->> 'external_id') || E'\n'
              else '' end
           || coalesce(E'\n' || (i_facts ->> 'url') || E'\n', '')
$$;

comment on function tocsin_internal.mail_text
is 'Make a mail''s subject and body.';
