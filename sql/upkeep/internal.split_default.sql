-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.split_default(
    i_months    integer)
returns tocsin_api.maintenance
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.split_default(1)
--
--      Do one step towards the missing partitions of event for this month
--      and the next i_months if the default partition is large: attaching
--      a partition makes PostgreSQL scan all of it while writers wait.
--
--      First a CHECK NOT VALID excludes those months from the default
--      partition; then it is validated while events continue; then the
--      partitions are attached without a scan.  Rows that it already has
--      of this month stay there, and the partition begins an hour from
--      now.  An event that violates the CHECK drops it: see end_split.
--
-- Returns:
--      prepared, or made with how many; null: call make_event_partitions
-- Locks:
--      event_default   - access exclusive for a moment, not for the scan
-- ----------------------------------------------------------------------
declare
    _month  timestamptz := date_trunc('month', now(), 'UTC');
    _from   uuid;
    _to     uuid := uuid_floor((_month at time zone 'UTC'
                + make_interval(months => i_months + 1)) at time zone 'UTC');
    _valid  boolean;
    _rule   text;
begin
    select convalidated, pg_get_constraintdef(oid)
      into _valid, _rule
      from pg_constraint
     where conrelid = 'event_default'::regclass
       and conname = 'event_default_gives_way';
    if _valid then
        return ('made', 'event', make_event_partitions(i_months,
            substring(_rule from '<[^'']*''([^'']+)''')::uuid)
            )::tocsin_api.maintenance;
    elsif not _valid then
        begin
            alter table event_default
                validate constraint event_default_gives_way;
        exception when check_violation then
            -- A host with a fast clock sent some: they have to move.
            perform end_split('event_default_gives_way');
            return null;
        end;
        return ('prepared', 'event_default', 0)::tocsin_api.maintenance;
    end if;

    _from := uuid_floor(_month);
    if exists (select from event_default where event_id >= _from
           and event_id < _to) then
        _from := uuid_floor(now() + interval '1 hour');
    end if;
    if (select count(*) from (select from event_default limit 10001) e)
            <= 10000
        or not exists (
            select
              from generate_series(0, i_months) m
             cross join lateral (
                   select _month at time zone 'UTC'
                          + make_interval(months => m) as at) month
             where to_regclass('tocsin_internal.'
                       || to_char(month.at, '"event_"YYYY_MM')) is null
               -- Of this one too little may be left.
               and uuid_floor((month.at + interval '1 month')
                       at time zone 'UTC') > _from)
    then
        return null;
    end if;
    execute format('alter table event_default
        add constraint event_default_gives_way
        check (event_id < %L or event_id >= %L) not valid', _from, _to);
    return ('prepared', 'event_default', 0)::tocsin_api.maintenance;
end;
$$;

comment on function tocsin_internal.split_default
is 'Do one step towards partitions split from a large default one.';
