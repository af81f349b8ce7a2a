-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.prepare_many(
    i_events    tocsin_api.event_in[])
returns integer[]
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.prepare_many(1)
--
--      Do what prepare_batch does, for whatever it is given.
--
-- Raises:
--      22008           - an event has an infinite received_at
--      22023           - not a plain array, or an event without a type
--      25000, 25006    - see prepare_transaction
--      55P03           - another session held the lock of a key too long
-- ----------------------------------------------------------------------
declare
    _fault  text;
begin
    if i_events is null or array_lower(i_events, 1) <> 1
        or array_ndims(i_events) > 1
    then
        raise exception using errcode = '22023',
            message = 'the events are null or not a plain array',
            hint = 'Pass one dimension with lower bound 1; it may be empty.';
    end if;

    -- Views subtract times, which fails for infinite ones.
    select min(case when e.event_type is null then '22023'
               when not isfinite(e.received_at) then '22008'
               when e.received_at
                   < statement_timestamp() - interval '18 hours'
               then 'late' end)
      into _fault
      from unnest(i_events) e;
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

    if not tocsin_internal.is_usual() then
        perform tocsin_internal.prepare_transaction();
    end if;

    -- Plans for many are expensive and used in each round.
    if current_setting('plan_cache_mode') <> 'force_generic_plan' then
        perform tocsin_internal.plan_for_growth();
    end if;

    if tocsin_internal.lock_keys(i_events) > 1 then
        return tocsin_internal.number_turns(i_events);
    end if;
    return array_fill(1, array[cardinality(i_events)]);
end;
$$;

comment on function tocsin_internal.prepare_many
is 'Check, lock and number the events of a call of several.';
