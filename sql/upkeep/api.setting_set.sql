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
--      Turn a setting of this installation on or off, from the next event
--      on.
--
-- Parameters:
--      i_name          - notify: notify listeners on the channel tocsin of
--                        alerts that changed status
--      i_value         - on or off
--
-- Returns:
--      the previous value
-- Raises:
--      TO404           - there is no such setting
--      TO422           - the value is neither on nor off
-- ----------------------------------------------------------------------
declare
    _before text;
begin
    if (i_name = 'notify') is not true then
        raise exception using errcode = 'TO404',
            message = format('there is no setting %s',
                coalesce(quote_literal(i_name), 'null')),
            hint = 'The only setting is notify.';
    end if;
    if (i_value in ('on', 'off')) is not true then
        raise exception using errcode = 'TO422',
            message = format('%s cannot be set to %s', i_name,
                coalesce(quote_literal(i_value), 'null')),
            hint = 'Use on or off.';
    end if;
    update setting s
       set value = i_value
      from setting b
     where s.name = i_name
       and b.name = i_name
    returning b.value into _before;
    return _before;
end;
$$;

comment on function tocsin_api.setting_set
is 'Turn a setting on or off.';
