-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.find_home(
    i_integration_id    text)
returns text
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.find_home(1)
--
--      Return the integration of a new heartbeat.
--
-- Parameters:
--      i_integration_id    - null: the oldest integration named heartbeats,
--                            which is created, without a token, if there is
--                            none
-- Raises:
--      TO404   - no integration has this id
-- ----------------------------------------------------------------------
declare
    _id     text := i_integration_id;
begin
    if _id is not null then
        perform check_integration(_id);
        return _id;
    end if;
    select i.integration_id
      into _id
      from integration i
     where i.name = 'heartbeats'
     order by i.created_at, i.integration_id
     limit 1;
    return coalesce(_id, (tocsin_api.integration_add('heartbeats', null,
        false, null)).integration_id);
end;
$$;

comment on function tocsin_internal.find_home
is 'Return the integration of a new heartbeat.';
