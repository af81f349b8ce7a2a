-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.announce(
    i_receipts  tocsin_api.receipt[])
returns void
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.announce(1)
--
--      Tell who listens on the channel tocsin that alerts have moved, once
--      this transaction is committed: {"events":2,"alerts":["...","..."]},
--      ids only.  Says nothing where the setting notify is not on.
--
--      Never in the way of events: a session that listens and does not
--      read lets the queue of notifications fill, and with a full one no
--      transaction that notifies can commit.  Nothing is said from half
--      of it on.  And only one such transaction commits at a time: where
--      the disk is slow, a limit made for locks of rows would be reached
--      by waiting for those before.
--
-- Parameters:
--      i_receipts      - of the events that were applied
-- ----------------------------------------------------------------------
begin
    if cardinality(i_receipts) > 1 then
        -- A payload has less than 8000 bytes, which 200 ids never fill.
        perform pg_notify('tocsin', format('{"events":%s,"alerts":["%s"]}',
                   m.events, array_to_string(m.alerts[:200], '","')))
           from (select count(*) as events,
                        array_agg(distinct r.alert_id) as alerts
                   from unnest(i_receipts) r
                  where r.outcome in ('created', 'acknowledged', 'resolved')) m
          where m.events > 0
            and pg_notification_queue_usage() <= 0.5
            and exists (
                select from tocsin_internal.setting
                 where name = 'notify'
                   and value = 'on');
    elsif i_receipts[1].outcome in ('created', 'acknowledged', 'resolved') then
        perform pg_notify('tocsin', '{"events":1,"alerts":["'
                   || i_receipts[1].alert_id::text || '"]}')
           from tocsin_internal.setting
          where name = 'notify'
            and value = 'on'
            and pg_notification_queue_usage() <= 0.5;
    end if;
    if found then
        perform set_config('lock_timeout', '1500ms', true);
    end if;
end;
$$;

comment on function tocsin_internal.announce(tocsin_api.receipt[])
is 'Tell listeners which alerts have moved.';
