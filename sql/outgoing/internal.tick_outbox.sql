-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tick_outbox(
    i_now           timestamptz,
    i_limit         integer,
    out o_done      integer,
    out o_next_at   timestamptz)
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tick_outbox(2)
--
--      The part of tick for transitions: see plan_transitions.  If that
--      fails, do them one by one, leave those that fail, and note the last of
--      them as a failure of tick.
-- ----------------------------------------------------------------------
declare
    _rows   bigint[];
    _row    bigint;
begin
    _rows := array(
        select outbox_id from outbox order by outbox_id limit i_limit);
    o_done := cardinality(_rows);
    if o_done = i_limit then
        o_next_at := i_now;
    end if;
    if o_done > 0 then
        perform plan_transitions(_rows, i_now);
    end if;
exception when others then
    foreach _row in array _rows loop
        begin
            perform plan_transitions(array[_row], i_now);
        exception when others then
            update ticker
               set failed_at = i_now,
                   failure = format('tick_outbox, row %s: %s %s', _row,
                       sqlstate, sqlerrm);
            o_done := o_done - 1;
        end;
    end loop;
    if o_done = 0 then
        o_next_at := null;
    end if;
end;
$$;

comment on function tocsin_internal.tick_outbox
is 'Part of tick: plan the transitions that ingest has noted.';
