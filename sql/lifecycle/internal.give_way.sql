-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.give_way(
    i_alert_id  uuid)
returns tocsin_internal.status
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.give_way(1)
--
--      Abort the call: an alert was changed by hand after an event for it
--      was judged.  Never returns.
--
-- Parameters:
--      i_alert_id      - the alert; null: it is gone
--
-- Raises:
--      40001   - always
-- ----------------------------------------------------------------------
begin
    raise exception using errcode = '40001',
        message = coalesce('alert ' || i_alert_id::text, 'an alert')
            || ' was changed by hand in the meantime',
        hint = 'Try again.';
end;
$$;

comment on function tocsin_internal.give_way
is 'Abort a call whose view of an alert is stale.';
