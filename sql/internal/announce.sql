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
declare
    _moved  uuid[] := array(
                select r.alert_id
                  from unnest(i_receipts) r
                 where r.outcome in ('created', 'acknowledged', 'resolved'));
begin
    if cardinality(_moved) = 0
        or pg_notification_queue_usage() > 0.5
        or not exists (
            select from tocsin_internal.setting
             where name = 'notify'
               and value = 'on')
    then
        return;
    end if;

    -- A payload has less than 8000 bytes, which 200 ids never fill.
    perform pg_notify('tocsin', format('{"events":%s,"alerts":["%s"]}',
        cardinality(_moved), array_to_string(array(
            select distinct u.alert_id
              from unnest(_moved) as u(alert_id)
             limit 200), '","')));
    perform set_config('lock_timeout', '1500ms', true);
end;
$$;

comment on function tocsin_internal.announce(tocsin_api.receipt[])
is 'Tell listeners which alerts have moved.';
