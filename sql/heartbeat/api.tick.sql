-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.tick(
    i_limit     integer default 200,
    i_rest      interval default null)
returns tocsin_api.tick_result
language plpgsql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
set lock_timeout = '200ms'
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.tick(2)
--
--      Do the scheduled work that is due: see tocsin_internal.tick.  Called
--      repeatedly by responders, relays and tocsin maintain.
--
-- Parameters:
--      i_limit     - maximum number of rows for each part, to stay within
--                    statement_timeout
--      i_rest      - do nothing if tick ran more recently than this and left
--                    nothing that is due now; null: run in any case
-- Returns:
--      what was done: see tocsin_api.tick_result
-- ----------------------------------------------------------------------
declare
    _now    constant timestamptz := clock_timestamp();
begin
    if exists (
        select from ticker
         where ticked_at > _now - i_rest
           and ticked_at <= _now
           and coalesce(next_at > _now, true))
    then
        return (0, false, null)::tocsin_api.tick_result;
    end if;
    return tick(_now, i_limit);
end;
$$;

comment on function tocsin_api.tick
is 'Do the scheduled work that is due.';
