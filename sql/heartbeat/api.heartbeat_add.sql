-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.heartbeat_add(
    i_name              text,
    i_period            interval,
    i_grace             interval,
    i_integration_id    text default null,
    i_heard_by          text default null,
    i_heard_id          text default null,
    i_waits             boolean default null,
    i_urgency           text default null,
    i_tags              text[] default null)
returns tocsin_api.heartbeat_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.heartbeat_add(9)
--
--      Create a heartbeat.  It is armed at once, so that a job that never runs
--      is noticed, too.
--
-- Parameters:
--      i_name              - 1 to 64 of A-Z, a-z, 0-9, and after the first
--                            also . _ and -
--      i_period, i_grace   - longest expected time between pings, and further
--                            time before it is late: 10 seconds to 400 days
--                            each; a day has 24 hours
--      i_integration_id    - null: see find_home
--      i_heard_by          - ping, id or any: see the table; null: ping
--      i_heard_id          - the Id, if i_heard_by is id
--      i_waits             - true: it cannot be late before it was heard once;
--                            null: false
--      i_urgency           - of its alerts; null: high
--      i_tags              - of its alerts; null: none
--
-- Returns:
--      the heartbeat
-- Raises:
--      TO404   - no integration has this id
--      TO422   - an invalid value, which the message names
-- ----------------------------------------------------------------------
declare
    _period     constant interval :=
        make_interval(secs => extract(epoch from i_period)::double precision);
    _grace      constant interval :=
        make_interval(secs => extract(epoch from i_grace)::double precision);
    _id         constant text := find_home(i_integration_id);
    _rule       text;
begin
    if i_urgency <> all (enum_range(null::urgency)::text[]) then
        raise exception using errcode = 'TO422',
            message = format('there is no urgency %L', i_urgency),
            hint = 'Use silent, low, medium, high or critical.';
    end if;
    insert into heartbeat (integration_id, name, heard_by, heard_id, period,
           grace, waits, urgency, tags, created_at, armed_at, look_at)
    values (_id, i_name, coalesce(i_heard_by, 'ping'), i_heard_id, _period,
           _grace, coalesce(i_waits, false),
           coalesce(i_urgency::urgency, 'high'), coalesce(i_tags, '{}'),
           now(), now(), now() + _period + _grace);
    return describe_heartbeats(_id, i_name);
exception
    when unique_violation then
        raise exception using errcode = 'TO422',
            message = format('integration %s has a heartbeat %L already',
                _id, i_name),
            hint = 'Choose another name, or remove that one.';
    when check_violation or not_null_violation then
        get stacked diagnostics _rule = constraint_name;
        raise exception using errcode = 'TO422',
            message = case _rule
                when 'name_is_fit_for_a_url' then format(
                    '%L cannot be the name of a heartbeat', i_name)
                when 'heard_by_is_known' then format(
                    'a heartbeat cannot be heard by %L', i_heard_by)
                when 'heard_id_is_foreign' then
                    'an Id must have 1 to 1024 bytes, must not begin with'
                    || ' heartbeat/, and needs to be heard by id'
                else 'a heartbeat needs a name, a period and a grace of 10'
                    || ' seconds to 400 days' end,
            hint = case _rule when 'name_is_fit_for_a_url'
                then 'A name has 1 to 64 of A-Z, a-z, 0-9, and after the first'
                    || ' also . _ and -.'
                else 'See tocsin(1).' end;
end;
$$;

comment on function tocsin_api.heartbeat_add
is 'Create a heartbeat.';
