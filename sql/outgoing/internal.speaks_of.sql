-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.speaks_of(
    i_alert         tocsin_internal.alert,
    i_destination   text)
returns boolean
language sql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.speaks_of(2)
--
--      Return whether an alert is tocsin's own, saying that this destination
--      does not work: it must not be sent there.  Without SET, so that it is
--      inlined into queries over many alerts.
--
-- Parameters:
--      i_destination   - name of the destination
-- ----------------------------------------------------------------------
    select i_alert.external_id = 'destination/' || i_destination
       and i_alert.integration_id = tocsin_internal.own_integration()
$$;

comment on function tocsin_internal.speaks_of
is 'Return whether an alert is about a destination that does not work.';
