-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.maintain(
    i_keep_events   interval,
    i_keep_alerts   interval,
    i_limit         integer)
returns tocsin_api.maintenance
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
set lock_timeout = '200ms'
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.maintain(3)
--
--      Do one short step of what must be done from time to time: make the
--      partitions of the coming three months; drop a partition of events,
--      or delete events of the default one, that are too old; delete
--      alerts resolved too long ago.  Call it until it is finished, each
--      time in a transaction of its own, and pause in between.
--
--      With the rights of the owner, to whom the partitions belong that it
--      makes, whoever calls it.
--
--      Safe beside events: what it waits for it waits for 200 ms at most,
--      since events wait behind it meanwhile.
--
-- Parameters:
--      i_keep_events   - at least so long, 31 days or more: a spool may
--                        bring an event again within 30; null: for good.
--                        Whole months go at once, so some stay longer
--      i_keep_alerts   - so long after they were resolved, a day or more;
--                        null: for good
--      i_limit         - rows to delete at most, 1 or more
--
-- Returns:
--      what was done: see tocsin_api.maintenance
-- Raises:
--      TO422           - a time or number that cannot be
-- Locks:
--      event           - access exclusive for a moment, to drop or make
-- ----------------------------------------------------------------------
declare
    _done   tocsin_api.maintenance;
begin
    if i_keep_events < interval '31 days' then
        raise exception using errcode = 'TO422',
            message = 'events are kept for 31 days at least',
            hint = 'A spool may bring an event again that it has kept.';
    end if;
    if i_keep_alerts < interval '1 day' then
        raise exception using errcode = 'TO422',
            message = 'alerts are kept for a day at least',
            hint = 'It counts from when they were resolved.';
    end if;
    if (i_limit >= 1) is not true then
        raise exception using errcode = 'TO422',
            message = 'a step deletes one row at least',
            hint = 'A thousand is a good number.';
    end if;

    begin
        _done := split_default(3);
        if _done.action is not null then
            return _done;
        end if;
        _done := ('made', 'event', make_event_partitions(3));
        if _done.row_count > 0 then
            return _done;
        end if;
        _done := drop_event_partition(now() - i_keep_events);
        if _done.action is not null then
            return _done;
        end if;
    exception when lock_not_available or deadlock_detected then
        return ('blocked', 'event', 0)::tocsin_api.maintenance;
    end;
    _done := delete_events(now() - i_keep_events, i_limit);
    if _done.action is null then
        _done := delete_alerts(now() - i_keep_alerts, i_limit);
    end if;
    return coalesce(_done, ('finished', null, 0)::tocsin_api.maintenance);
exception when lock_not_available or deadlock_detected then
    return ('blocked', 'alert', 0)::tocsin_api.maintenance;
end;
$$;

comment on function tocsin_api.maintain
is 'One step of making room: coming partitions, old events, old alerts.';
