-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.setting_set(
    i_name  text,
    i_value text)
returns text
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.setting_set(2)
--
--      Change a setting of this installation, from the next event or message
--      on.
--
-- Parameters:
--      i_name          - notify: notify listeners on the channel tocsin of
--                        alerts that changed status
--                        board_url: where people find the board, for links
--                        in messages
--      i_value         - on or off; of board_url an http or https URL
--                        without query and fragment, or empty for no links
--
-- Returns:
--      the previous value; null if it was not set
-- Raises:
--      TO404           - there is no such setting
--      TO422           - the value is not possible
-- ----------------------------------------------------------------------
declare
    _before text;
begin
    if (i_name in ('notify', 'board_url')) is not true then
        raise exception using errcode = 'TO404',
            message = format('there is no setting %s',
                coalesce(quote_literal(i_name), 'null')),
            hint = 'The settings are notify and board_url.';
    end if;
    if (case i_name
        when 'notify' then i_value in ('on', 'off')
        else i_value ~ '^(https?://[]A-Za-z0-9._~:/%[-]{1,255})?$' end)
       is not true
    then
        raise exception using errcode = 'TO422',
            message = format('%s cannot be set to %s', i_name,
                coalesce(quote_literal(i_value), 'null')),
            hint = case i_name when 'notify' then 'Use on or off.'
                else 'Use a URL like https://alerts.example.org/board.' end;
    end if;
    select value into _before from setting where name = i_name;
    if i_value = '' then
        delete from setting where name = i_name;
    else
        insert into setting (name, value) values (i_name, i_value)
            on conflict (name) do update set value = excluded.value;
    end if;
    return _before;
end;
$$;

comment on function tocsin_api.setting_set
is 'Change a setting of this installation.';
