-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tick_heartbeats(
    i_now           timestamptz,
    i_limit         integer,
    out o_done      integer,
    out o_next_at   timestamptz)
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tick_heartbeats(2)
--
--      The part of tick for heartbeats: see look_at_heartbeats.
-- ----------------------------------------------------------------------
begin
    select *
      into o_done, o_next_at
      from look_at_heartbeats(i_now, i_limit, pg_postmaster_start_time());
end;
$$;

comment on function tocsin_internal.tick_heartbeats
is 'Part of tick: check the heartbeats that are due.';
