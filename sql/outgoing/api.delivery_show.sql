-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.delivery_show(
    i_id    bigint)
returns tocsin_api.delivery_info
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.delivery_show(1)
--
--      Return one delivery.
--
-- Raises:
--      TO404   - there is none of this number
-- ----------------------------------------------------------------------
declare
    _info   tocsin_api.delivery_info;
begin
    select * into _info from describe_deliveries(array[i_id]);
    if not found then
        raise exception using errcode = 'TO404',
            message = format('there is no delivery %s', i_id),
            hint = 'List them: tocsin delivery list.';
    end if;
    return _info;
end;
$$;

comment on function tocsin_api.delivery_show
is 'Return one delivery.';
