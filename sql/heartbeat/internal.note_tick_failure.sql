-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.note_tick_failure(
    i_now       timestamptz,
    i_failure   text)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.note_tick_failure(2)
--
--      Record that a part of tick, or one row in it, failed.  Only the last
--      failure is kept.
--
-- Parameters:
--      i_failure   - what failed, SQLSTATE and message
-- ----------------------------------------------------------------------
begin
    update ticker
       set failed_at = i_now,
           failure = i_failure;
end;
$$;

comment on function tocsin_internal.note_tick_failure
is 'Record that something in tick failed.';
