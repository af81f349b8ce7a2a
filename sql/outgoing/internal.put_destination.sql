-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.put_destination(
    d           tocsin_internal.destination,
    i_options   jsonb)
returns tocsin_internal.destination
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.put_destination(2)
--
--      Insert or update a destination, with options replacing its values.
--
-- Parameters:
--      i_options   - members are columns of destination, with times as
--                    intervals in text, and fallback, the name of another
--                    destination; null removes a value
-- Raises:
--      TO422       - an unknown option or an invalid value; the message names
--                    the column, or what to do: see say_rule
--      TO404       - there is no such fallback
-- ----------------------------------------------------------------------
declare
    _known      constant text[] := '{name, address, format, headers, pin,
                    timeout, in_flight_max, gap, gap_max, per_hour,
                    give_up_after, hours_from, hours_to, hours_days,
                    hours_zone, hours_urgency, forget_resolved, fallback,
                    fallback_after}'::text[];
    _constraint text;
begin
    perform check_members(i_options, _known);
    d := jsonb_populate_record(d, i_options - 'fallback');
    if i_options ? 'fallback' then
        d.fallback_id := case when i_options ->> 'fallback' is not null
            then (find_destination(i_options ->> 'fallback')).destination_id
            end;
    end if;
    if concat(d.address, d.headers)
        ~ E'\\{\\{(?!secret\\.[A-Za-z0-9_.-]{1,64}\\}\\})'
    then
        raise exception using errcode = 'TO422',
            message = 'addresses and headers take {{secret.NAME}}, and nothing'
                || ' of an alert',
            hint = 'See tocsin(1).';
    end if;
    if d.hours_zone is not null then
        perform now() at time zone d.hours_zone;
    end if;
    if exists (
        select from destination where destination_id = d.destination_id)
    then
        update destination
           set (name, address, format, headers, pin, timeout, in_flight_max,
                gap, gap_max, per_hour, give_up_after, hours_from, hours_to,
                hours_days, hours_zone, hours_urgency, forget_resolved,
                fallback_id, fallback_after)
               = (d.name, d.address, d.format, d.headers, d.pin, d.timeout,
                d.in_flight_max, d.gap, d.gap_max, d.per_hour,
                d.give_up_after, d.hours_from, d.hours_to, d.hours_days,
                d.hours_zone, d.hours_urgency, d.forget_resolved,
                d.fallback_id, d.fallback_after)
         where destination_id = d.destination_id;
    else
        insert into destination select d.*;
    end if;
    return d;
exception
    when integrity_constraint_violation then
        get stacked diagnostics _constraint = constraint_name;
        raise exception using errcode = 'TO422',
            message = case when _constraint = '' then sqlerrm
                when _constraint = 'destination_name_key'
                then format('there is a destination %s already', d.name)
                when _constraint = 'destination_format_fkey'
                then format('there is no format %s', d.format)
                else say_rule(_constraint, d.kind) end,
            hint = 'See tocsin(1).';
    when data_exception then
        raise exception using errcode = 'TO422',
            message = sqlerrm,
            hint = 'See tocsin(1).';
end;
$$;

comment on function tocsin_internal.put_destination
is 'Insert or update a destination.';
