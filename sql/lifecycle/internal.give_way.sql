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
--      Never returns: an alert is no longer as it was when an event was
--      judged, since somebody changed it by hand in between.
--
-- Raises:
--      40001   - always
-- ----------------------------------------------------------------------
begin
    raise exception using errcode = '40001',
        message = format('alert %s was changed by hand meanwhile',
            i_alert_id),
        hint = 'Try again.';
end;
$$;

comment on function tocsin_internal.give_way
is 'Abandon a call whose view of an alert is stale.';
