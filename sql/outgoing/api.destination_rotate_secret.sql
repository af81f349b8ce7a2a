-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.destination_rotate_secret(
    i_name  text,
    i_grace interval)
returns tocsin_api.destination_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.destination_rotate_secret(2)
--
--      Give a destination a new signing secret.  Messages are signed with
--      both until the grace is over.
--
-- Parameters:
--      i_name      - its name or id
--      i_grace     - 0 to 30 days
--
-- Returns:
--      the destination, with its new secret
-- Raises:
--      TO404       - there is no such destination
--      TO422       - an impossible grace, or no webhook
-- ----------------------------------------------------------------------
declare
    d       constant destination := find_destination(i_name);
    _secret constant bytea := sha256(uuid_send(gen_random_uuid())
                || uuid_send(gen_random_uuid()));
    _info   tocsin_api.destination_info;
begin
    if d.kind <> 'webhook' then
        raise exception using errcode = 'TO422',
            message = format('messages to %s are not signed', d.name),
            hint = 'Only webhooks are.';
    end if;
    if (i_grace >= '0' and i_grace <= interval '30 days') is not true then
        raise exception using errcode = 'TO422',
            message = 'the grace must be 0 to 30 days',
            hint = '24 hours are a good value.';
    end if;
    update destination
       set previous_secret = secret,
           previous_secret_expires_at = case when secret is not null
               then now() + i_grace end,
           secret = _secret
     where destination_id = d.destination_id;
    _info := describe_destinations(d.destination_id);
    _info.secret := 'whsec_' || encode(_secret, 'base64');
    return _info;
end;
$$;

comment on function tocsin_api.destination_rotate_secret
is 'Give a destination a new signing secret.';
