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
--      Turn something on or off for this installation, from the next
--      event on.
--
-- Parameters:
--      i_name          - notify: tell listeners on the channel tocsin
--                        which alerts have moved
--      i_value         - on or off
--
-- Returns:
--      what it was before
-- Raises:
--      TO404           - there is nothing of this name to set
--      TO422           - neither on nor off
-- ----------------------------------------------------------------------
declare
    _before text;
begin
    if (i_name = 'notify') is not true then
        raise exception using errcode = 'TO404',
            message = format('there is no setting %s',
                coalesce(quote_literal(i_name), 'null')),
            hint = 'There is notify.';
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
is 'Turn something on or off.';
