-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.link_facts(
    i_alert_id  uuid)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.link_facts(1)
--
--      Return the board's page of an alert, or for null its list: url, and
--      links, a list of one object with that url.  They are null and an empty
--      list if the setting board_url is not set.
-- ----------------------------------------------------------------------
declare
    _url    constant text := (
                select rtrim(value, '/') from setting where name = 'board_url')
                || coalesce('/alert/' || i_alert_id, '');
begin
    return jsonb_build_object('url', _url, 'links', case
        when _url is null then '[]'
        else jsonb_build_array(jsonb_build_object('url', _url)) end);
end;
$$;

comment on function tocsin_internal.link_facts
is 'Return links to an alert on the board.';
