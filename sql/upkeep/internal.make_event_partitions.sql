-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.make_event_partitions(
    i_months    integer,
    i_first     uuid default null)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.make_event_partitions(2)
--
--      Create the missing partitions of event for this month and the next
--      i_months.  Moves events of such a month from the default partition
--      to the new one, unless there are more than 10000: moving those would
--      block others, so they stay, and their month gets no partition.
--
-- Parameters:
--      i_months        - how many months ahead, 0 or more
--      i_first         - lower bound of all new partitions; a constraint
--                        keeps the default one empty from there on, and is
--                        dropped at the end: see split_default
--
-- Returns:
--      how many were created
-- Locks:
--      event           - against writers, and
--      event_default   - access exclusive, if there is one to create
-- ----------------------------------------------------------------------
declare
    _month      timestamp := date_trunc('month', now() at time zone 'UTC');
    _last       timestamp := _month + make_interval(months => i_months);
    _name       text;
    _from       uuid;
    _to         uuid;
    _made       integer := 0;
begin
    while _month <= _last loop
        _name := 'event_' || to_char(_month, 'YYYY_MM');
        _from := greatest(uuid_floor(_month at time zone 'UTC'), i_first);
        _month := _month + interval '1 month';
        _to := uuid_floor(_month at time zone 'UTC');
        continue when to_regclass('tocsin_internal.' || _name) is not null
            or _from >= _to;
        continue when i_first is null and (
            select count(*)
              from (select
                      from event_default
                     where event_id >= _from
                       and event_id < _to
                     limit 10001) e) > 10000;

        -- Otherwise an insert that was already routed to the default
        -- partition would fail, because its row no longer belongs there.
        lock table only event in share row exclusive mode;
        lock table event_default in access exclusive mode;
        -- An installation or maintain may have made it meanwhile.
        continue when to_regclass('tocsin_internal.' || _name) is not null;
        execute format(
            'create table tocsin_internal.%I
                (like tocsin_internal.event including all)', _name);
        perform set_config('tocsin.removes_events', 'on', true);
        execute format(
            'with moved as (
                delete from tocsin_internal.event_default
                 where event_id >= %L and event_id < %L
                returning *)
            insert into tocsin_internal.%I select * from moved',
            _from, _to, _name);
        perform set_config('tocsin.removes_events', 'off', true);
        execute format(
            'alter table tocsin_internal.event
                attach partition tocsin_internal.%I
                for values from (%L) to (%L)', _name, _from, _to);
        execute format(
            'comment on table tocsin_internal.%I is %L', _name,
            'Events of the month ' || substr(_name, 7) || ', UTC.');
        perform guard_truncate(('tocsin_internal.' || _name)::regclass);
        _made := _made + 1;
    end loop;
    if i_first is not null then
        perform end_split('event_default_gives_way');
    end if;
    return _made;
end;
$$;

comment on function tocsin_internal.make_event_partitions
is 'Create the partitions of event for this and the coming months.';
