-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_api.maintain(4)
--
--      Do one short step of periodic maintenance: create the partitions of
--      the next three months; drop an expired partition of events, or
--      delete expired events from the default one; delete alerts resolved
--      too long ago, and finished deliveries; store the figures of a day that
--      is over.  Call it until it returns finished, each time in a transaction
--      of its own, and pause in between.
--
--      Runs as the owner, whoever calls it, so that the owner also owns
--      the partitions that it creates.
--
--      Safe while events arrive: it waits for a lock for at most 200 ms,
--      because events queue behind it.  One call at a time: another returns
--      blocked.
--
-- Parameters:
--      i_keep_events   - minimum age of events to remove, 31 days or more,
--                        because a spool may deliver an event again within
--                        30; null: keep them.  Whole months are removed at
--                        once, so some events stay longer
--      i_keep_alerts   - minimum time since an alert was resolved, one day
--                        or more; null: keep them
--      i_limit         - maximum number of rows to delete, 1 or more
--      i_keep_deliveries   - minimum age of finished deliveries to remove, one
--                        day or more; null: keep them.  See
--                        delete_deliveries
--
-- Returns:
--      what was done: see tocsin_api.maintenance
-- Raises:
--      TO422           - an invalid time or number
-- Locks:
--      event           - access exclusive for a moment; and see roll_up
-- ----------------------------------------------------------------------
create or replace function tocsin_api.maintain(
    i_keep_events   interval,
    i_keep_alerts   interval,
    i_limit         integer,
    i_keep_deliveries interval default null)
returns tocsin_api.maintenance
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
set lock_timeout = '200ms'
as $$
declare
    _done   tocsin_api.maintenance;
begin
    if i_keep_events < interval '31 days' then
        raise exception using errcode = 'TO422',
            message = 'events must be kept for at least 31 days',
            hint = 'A spool may deliver an event again within 30 days.';
    end if;
    if i_keep_alerts < interval '1 day' then
        raise exception using errcode = 'TO422',
            message = 'alerts must be kept for at least one day',
            hint = 'The time counts from when an alert was resolved.';
    end if;
    if i_keep_deliveries < interval '1 day' then
        raise exception using errcode = 'TO422',
            message = 'deliveries must be kept for at least one day',
            hint = 'The time counts from when they became due.';
    end if;
    if (i_limit >= 1) is not true then
        raise exception using errcode = 'TO422',
            message = 'the limit of rows to delete must be at least 1',
            hint = '1000 is a good value.';
    end if;

    -- Two at once would find the same partition missing, or expired.
    if not pg_try_advisory_xact_lock(1953456996, -1) then
        return ('blocked', null, 0)::tocsin_api.maintenance;
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
    if _done.action is null then
        _done := delete_deliveries(now() - i_keep_deliveries, i_limit);
    end if;
    if _done.action is null then
        _done := roll_up();
    end if;
    return coalesce(_done, ('finished', null, 0)::tocsin_api.maintenance);
exception when lock_not_available or deadlock_detected then
    return ('blocked', 'alert', 0)::tocsin_api.maintenance;
end;
$$;

comment on function tocsin_api.maintain
is 'Do one step of maintenance: partitions, expired events and alerts.';
