-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.prepare_batch(1)
--
--      Check the events, prepare the transaction for them, and lock their
--      keys.
--
-- Returns:
--      for each event whether it is the first, second ... of its key: no
--      two events of the same turn refer to the same alert
-- Raises:
--      22008           - an event has an infinite received_at
--      22023           - not a plain array, or an event without a type
--      25000, 25006    - see prepare_transaction
--      55P03           - another session held the lock of a key too long
-- Locks:
--      advisory, each key: see lock_keys
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.prepare_batch(
    i_events    tocsin_api.event_in[])
returns integer[]
language plpgsql
volatile
as $$
declare
    _lone   constant boolean := cardinality(i_events) = 1
        and array_lower(i_events, 1) = 1 and array_ndims(i_events) = 1;
    _fault  text;
begin
    -- Views subtract times, which fails for infinite ones.  A single event
    -- needs no query, here and below.
    if _lone then
        _fault := case when i_events[1].event_type is null then '22023'
            when not isfinite(i_events[1].received_at) then '22008' end;
    elsif i_events is null or array_lower(i_events, 1) <> 1
        or array_ndims(i_events) > 1
    then
        raise exception using errcode = '22023',
            message = 'the events are null or not a plain array',
            hint = 'Pass one dimension with lower bound 1; it may be empty.';
    else
        select min(case when e.event_type is null then '22023'
                   when not isfinite(e.received_at) then '22008'
                   when e.received_at
                       < statement_timestamp() - interval '18 hours'
                   then 'late' end)
          into _fault
          from unnest(i_events) e;
    end if;

    if _fault is null then
        null;
    elsif _fault = 'late' then -- see apply_event for a single one
        perform tocsin_internal.mark_late(i_events);
    else
        raise exception using errcode = _fault,
            message = case _fault when '22023' then 'an event has no type'
                else 'an event cannot be received at an infinite time' end,
            hint = 'Check the release and the clock of the responder.';
    end if;

    if tocsin_internal.prepare_transaction(_lone) then
        -- The first number separates our locks from those of other programs
        -- in the same database: it is 'tocs' in ASCII.
        return case when pg_advisory_xact_lock(1953457011,
                hashtext(i_events[1].integration_id || '/'
                    || i_events[1].external_id))
            is not null then array[1] end;
    elsif tocsin_internal.lock_keys(i_events) > 1 then
        return tocsin_internal.number_turns(i_events);
    end if;
    return array_fill(1, array[cardinality(i_events)]);
end;
$$;

comment on function tocsin_internal.prepare_batch
is 'Check, lock and number the events of a call.';
