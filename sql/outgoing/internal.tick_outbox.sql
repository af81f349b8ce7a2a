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
--      fails, plan them one by one, move those that fail to the end of the
--      outbox, and record the last of them as a failure of tick.
-- ----------------------------------------------------------------------
declare
    _rows       bigint[];
    _row        bigint;
    _event      uuid;
    _failure    text;
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
            _failure := format('%s %s', sqlstate, sqlerrm);
            with failed as (
                delete from outbox
                 where outbox_id = _row
                returning event_id, alert_id)
            insert into outbox (event_id, alert_id)
            select event_id, alert_id
              from failed
            returning event_id into _event;
            perform note_tick_failure(i_now,
                format('tick_outbox, event %s: %s', _event, _failure));
            o_done := o_done - 1;
        end;
    end loop;
    if o_done = 0 then
        o_next_at := null;
    end if;
end;
$$;

comment on function tocsin_internal.tick_outbox
is 'Part of tick: plan the transitions in the outbox.';
