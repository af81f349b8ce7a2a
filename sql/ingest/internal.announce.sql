-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.announce(1)
--
--      Notify listeners on the channel tocsin, when this transaction
--      commits, that alerts have changed status:
--      {"events":2,"alerts":["...","..."]}, ids only.  Does nothing unless
--      the setting notify is on.
--
--      Must never block events.  A session that listens but does not read
--      lets the notification queue fill, and no transaction that notifies
--      can commit while it is full: so send nothing once it is half full.
--      Transactions that notify also commit one at a time: on a slow disk,
--      waiting for earlier ones would exceed a lock_timeout meant for row
--      locks, so raise it.
--
-- Parameters:
--      i_receipts      - receipts of the events that were applied
--
-- Returns:
--      i_receipts
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.announce(
    i_receipts  tocsin_api.receipt[])
returns tocsin_api.receipt[]
language plpgsql
volatile
as $$
declare
    _payload    text;
begin
    if cardinality(i_receipts) = 1
        and i_receipts[1].outcome in ('created', 'acknowledged', 'resolved')
    then
        _payload := '{"events":1,"alerts":["' || i_receipts[1].alert_id::text
            || '"]}';
    elsif cardinality(i_receipts) > 1 then
        -- A payload is limited to 8000 bytes; 200 ids always fit.
        select format('{"events":%s,"alerts":["%s"]}', count(*),
                   array_to_string((array_agg(distinct alert_id))[:200],
                       '","'))
          into _payload
          from unnest(i_receipts)
         where outcome in ('created', 'acknowledged', 'resolved')
        having count(*) > 0;
        if _payload is null then
            return i_receipts;
        end if;
    else
        return i_receipts;
    end if;

    perform pg_notify('tocsin', _payload),
            set_config('lock_timeout', '1500ms', true)
       from tocsin_internal.setting
      where name = 'notify'
        and value = 'on'
        and pg_notification_queue_usage() <= float8 '0.5';
    return i_receipts;
end;
$$;

comment on function tocsin_internal.announce
is 'Notify listeners of the alerts that changed status.';
