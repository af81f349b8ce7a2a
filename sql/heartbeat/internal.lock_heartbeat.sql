-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.lock_heartbeat(
    i_integration_id    text,
    i_name              text)
returns tocsin_internal.heartbeat
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.lock_heartbeat(2)
--
--      Return a heartbeat and lock it, for the caller to change.
--
-- Parameters:
--      i_integration_id    - null: the only one with a heartbeat of this name
-- Raises:
--      TO404   - there is no such heartbeat
--      TO422   - several integrations have one of this name
-- Locks:
--      heartbeat   - update, the row
-- ----------------------------------------------------------------------
declare
    _found  heartbeat[] := array(
        select h
          from heartbeat h
         where h.name = i_name
           and h.integration_id = coalesce(i_integration_id, h.integration_id)
           for update);
begin
    if cardinality(_found) = 0 then
        raise exception using errcode = 'TO404',
            message = format('there is no heartbeat %s',
                coalesce(quote_literal(i_name), 'null')),
            hint = 'List them: tocsin heartbeat list.';
    elsif cardinality(_found) > 1 then
        raise exception using errcode = 'TO422',
            message = format('%s integrations have a heartbeat %L',
                cardinality(_found), i_name),
            hint = 'Name the integration, too.';
    end if;
    return _found[1];
end;
$$;

comment on function tocsin_internal.lock_heartbeat
is 'Return a heartbeat and lock it.';
