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
    _payload    text;
begin
    if cardinality(i_receipts) > 1 then
        -- A payload has less than 8000 bytes, which 200 ids never fill.
        select format('{"events":%s,"alerts":["%s"]}', count(*),
                   array_to_string((array_agg(distinct alert_id))[:200],
                       '","'))
          into _payload
          from unnest(i_receipts)
         where outcome in ('created', 'acknowledged', 'resolved')
        having count(*) > 0;
    elsif i_receipts[1].outcome in ('created', 'acknowledged', 'resolved') then
        _payload := '{"events":1,"alerts":["' || i_receipts[1].alert_id::text
            || '"]}';
    end if;
    if _payload is null then
        return;
    end if;

    perform pg_notify('tocsin', _payload)
       from tocsin_internal.setting
      where name = 'notify'
        and value = 'on'
        and pg_notification_queue_usage() <= 0.5;
    if found then
        perform set_config('lock_timeout', '1500ms', true);
    end if;
end;
$$;

comment on function tocsin_internal.announce
is 'Tell listeners which alerts have moved.';
