-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.check_members(
    i_options   jsonb,
    i_known     text[])
returns void
language plpgsql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.check_members(2)
--
--      Raise an error if options are not an object or one of them is unknown.
--
-- Raises:
--      TO422   - names it
-- ----------------------------------------------------------------------
declare
    _unknown    text;
begin
    if jsonb_typeof(i_options) <> 'object' then
        raise exception using errcode = 'TO422',
            message = 'options must be an object',
            hint = 'Their names are: ' || array_to_string(i_known, ', ');
    end if;
    select k into _unknown
      from jsonb_object_keys(i_options) k
     where k <> all (i_known)
     order by k
     limit 1;
    if found then
        raise exception using errcode = 'TO422',
            message = format('there is no option %s', _unknown),
            hint = 'Their names are: ' || array_to_string(i_known, ', ');
    end if;
end;
$$;

comment on function tocsin_internal.check_members
is 'Raise an error if an option is unknown.';
