-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.destination_add(
    i_name      text,
    i_kind      text,
    i_address   text,
    i_format    text,
    i_options   jsonb default '{}')
returns tocsin_api.destination_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.destination_add(5)
--
--      Create a destination.  Defaults: messages to people are at least a gap
--      apart, 60 s for mail, 10 s for push, 5 s for chat; a command runs once
--      at a time.  The first destination also creates the integration of
--      tocsin's own alerts, whose token no sender has.
--
-- Parameters:
--      i_name      - a word of 1 to 64 characters
--      i_kind      - webhook, mail or command
--      i_address   - URL; mail addresses, separated by commas; name of a
--                    command.  The host of a URL is not resolved: the relay's
--                    host decides whether it may connect
--      i_format    - format of a webhook's messages; null: standard
--      i_options   - see put_destination
--
-- Returns:
--      the destination, with its signing secret if it is a webhook for
--      machines
-- Raises:
--      TO422       - an invalid value, which the message names
--      TO404       - there is no such fallback
-- ----------------------------------------------------------------------
declare
    d           destination;
    _format     text := case when i_kind = 'webhook'
                    then coalesce(i_format, 'standard') else i_format end;
    _is_people  boolean;
    _info       tocsin_api.destination_info;
begin
    if (i_kind = any (enum_range(null::destination_kind)::text[])) is not true
    then
        raise exception using errcode = 'TO422',
            message = format('there is no kind of destination %s',
                coalesce(quote_literal(i_kind), 'null')),
            hint = 'Use webhook, mail or command.';
    end if;
    _is_people := coalesce(
        audience_of(i_kind::destination_kind, _format) = 'people', false);
    d := jsonb_populate_record(null::destination, jsonb_build_object(
        'destination_id', 'dst_' || substr(make_integration_id(null), 5),
        'name', i_name, 'kind', i_kind, 'format', _format,
        'address', i_address, 'headers', '{}'::jsonb, 'timeout',
        case i_kind when 'webhook' then '15 s' else '30 s' end,
        'in_flight_max', case i_kind when 'command' then 1 else 4 end,
        'gap', case when not _is_people then '0'
            when i_kind = 'mail' then '60 s'
            when _format in ('ntfy', 'gotify', 'pushover') then '10 s'
            else '5 s' end,
        'gap_max', case when _is_people then '15 min' else '0' end,
        'per_hour', case when i_kind = 'mail' then 20 end,
        'give_up_after', case when _is_people then '24 h' else '72 h' end,
        'hours_urgency', 'critical', 'forget_resolved', false,
        'fallback_after', '5 min', 'enabled', true, 'created_at', now()));
    if not _is_people and i_kind = 'webhook' then
        d.secret := sha256(uuid_send(gen_random_uuid())
            || uuid_send(gen_random_uuid()));
    end if;
    d := put_destination(d, i_options);

    if own_integration() is null then
        insert into setting (name, value)
        values ('own_integration', (tocsin_api.integration_add('tocsin',
                   sha256(uuid_send(gen_random_uuid())), false, 'high'))
                   .integration_id);
    end if;
    _info := describe_destinations(d.destination_id);
    _info.secret := 'whsec_' || encode(d.secret, 'base64');
    return _info;
end;
$$;

comment on function tocsin_api.destination_add
is 'Create a destination.';
