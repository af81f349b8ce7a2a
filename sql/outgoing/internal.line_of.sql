-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.line_of(
    i_net   tocsin_internal.net)
returns text
language sql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.line_of(1)
--
--      Describe one alert in one line: its urgency, title, integration and
--      story.
-- ----------------------------------------------------------------------
    select i_net.urgency || ': ' || i_net.title || ' ('
        || shorten(one_line(i_net.integration_name), 60, null) || ')'
        || coalesce(', ' || nullif(i_net.story, ''), '')
        || case when i_net.notice in ('escalated', 'reminder')
                then ', ' || i_net.notice else '' end
$$;

comment on function tocsin_internal.line_of
is 'Describe one alert in one line.';
