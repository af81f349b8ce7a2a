-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.look_at_heartbeats(
    i_now           timestamptz,
    i_limit         integer,
    i_started_at    timestamptz,
    out o_done      integer,
    out o_next_at   timestamptz)
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.look_at_heartbeats(3)
--
--      Check the heartbeats that are due, and store the events that they
--      require.  Ends after half a second: the others remain due.
--
-- Parameters:
--      i_limit         - maximum number of heartbeats
--      the others      - see look_at_heartbeat
-- Returns:
--      o_done          - number of heartbeats
--      o_next_at       - when the next is due; null: none will be
-- Locks:
--      heartbeat       - update, the rows that are due and not locked
--      advisory        - see look_at_heartbeat
-- ----------------------------------------------------------------------
declare
    _events     tocsin_api.event_in[] := array[]::tocsin_api.event_in[];
    _due        record;
    _end_at     constant timestamptz := clock_timestamp() + interval '500 ms';
begin
    o_done := 0;
    for _due in
        select h, i.enabled
          from heartbeat h
          join integration i using (integration_id)
         where h.paused_at is null
           and h.look_at <= i_now
         order by h.look_at
         limit i_limit
           for update of h skip locked
    loop
        o_done := o_done + 1;
        _events := _events || look_at_heartbeat(_due.h, _due.enabled, i_now,
            i_started_at);
        exit when clock_timestamp() > _end_at;
    end loop;
    if cardinality(_events) > 0 then
        perform tocsin_api.ingest(_events);
    end if;
    select min(look_at) into o_next_at from heartbeat where paused_at is null;
end;
$$;

comment on function tocsin_internal.look_at_heartbeats
is 'Check the heartbeats that are due.';
