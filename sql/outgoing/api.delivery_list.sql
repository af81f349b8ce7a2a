-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.delivery_list(
    i_filter    jsonb default '{}',
    i_limit     integer default 100)
returns setof tocsin_api.delivery_info
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.delivery_list(2)
--
--      Return deliveries, the newest first.
--
-- Parameters:
--      i_filter    - members, all of which must hold: status; destination, a
--                    name or id; alert, an id; since and until, limits of
--                    created_at; waiting, true
--      i_limit     - maximum number of rows
-- Raises:
--      TO422       - an unknown member or an invalid value
-- ----------------------------------------------------------------------
begin
    perform check_members(i_filter,
        '{status, destination, alert, since, until, waiting}');
    return query
        select *
          from describe_deliveries(array(
               select w.delivery_id
                 from delivery w
                 left join destination d
                   on d.destination_id = w.destination_id
                where (i_filter ->> 'status' is null
                      or w.state = (i_filter ->> 'status')::delivery_state)
                  and (i_filter ->> 'destination' is null
                      or i_filter ->> 'destination'
                          in (d.name, w.destination_id))
                  and (i_filter ->> 'alert' is null
                      or w.alert_id = (i_filter ->> 'alert')::uuid)
                  and (i_filter ->> 'since' is null
                      or w.created_at
                          >= (i_filter ->> 'since')::timestamptz)
                  and (i_filter ->> 'until' is null
                      or w.created_at < (i_filter ->> 'until')::timestamptz)
                  and ((i_filter ->> 'waiting')::boolean is not true
                      or w.state in ('due', 'sending'))
                order by w.created_at desc, w.delivery_id desc
                limit i_limit));
exception when data_exception then
    raise exception using errcode = 'TO422',
        message = sqlerrm,
        hint = 'See tocsin(1).';
end;
$$;

comment on function tocsin_api.delivery_list
is 'Return deliveries.';
