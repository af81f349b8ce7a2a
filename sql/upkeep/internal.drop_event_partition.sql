-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.drop_event_partition(
    i_before    timestamptz)
returns tocsin_api.maintenance
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.drop_event_partition(1)
--
--      Drop the oldest partition of event whose month ended by i_before.
--
-- Returns:
--      dropped, with an estimate of its rows; null: nothing to drop
-- Locks:
--      event           - access exclusive, if there is one to drop
-- ----------------------------------------------------------------------
declare
    _name   text;
    _rows   bigint;
    _end    timestamptz;
    _first  timestamptz;
    _last   timestamptz;
begin
    select c.relname, greatest(c.reltuples, 0),
           (to_date(substr(c.relname, 7), 'YYYY_MM') + interval '1 month')
           at time zone 'UTC'
      into _name, _rows, _end
      from pg_inherits i
      join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'event'::regclass
       and c.relname ~ '^event_[0-9]{4}_[0-9]{2}$'
       and (to_date(substr(c.relname, 7), 'YYYY_MM') + interval '1 month')
           at time zone 'UTC' <= i_before
     order by c.relname
     limit 1;
    if not found then
        return null;
    end if;
    select min(received_at), max(received_at)
      into _first, _last
      from event
     where event_id >= uuid_floor(_end - interval '31 days')
       and event_id < uuid_floor(_end);
    execute format('drop table tocsin_internal.%I', _name);
    perform mark_range(_first, _last);
    perform note_removal(_end);
    return ('dropped', _name, _rows)::tocsin_api.maintenance;
end;
$$;

comment on function tocsin_internal.drop_event_partition
is 'Drop the oldest partition of event that ended by a given time.';
