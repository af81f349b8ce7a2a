-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.heartbeat_late(
    h               tocsin_internal.heartbeat,
    i_late_since    timestamptz)
returns uuid
language sql
immutable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.heartbeat_late(2)
--
--      Return the id of the event that opens the alert of a heartbeat that is
--      late since i_late_since.  A ping received after that time has a higher
--      id, so it still resolves the alert if it comes from a spool.
-- ----------------------------------------------------------------------
    select tocsin_internal.make_event_id(i_late_since,
               'late/' || h.integration_id || '/' || h.name)
$$;

comment on function tocsin_internal.heartbeat_late
is 'Return the id of the event that opens the alert of a late heartbeat.';
