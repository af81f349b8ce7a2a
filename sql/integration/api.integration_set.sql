-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.integration_set(
    i_id            text,
    i_dialect       text,
    i_wrapper_key   text)
returns tocsin_api.integration_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.integration_set(3)
--
--      Change what the sender of an integration speaks.
--
-- Parameters:
--      i_dialect, i_wrapper_key    - see check_options; null: as it is; '':
--                                    none
--
-- Returns:
--      the integration
-- Raises:
--      TO404   - no integration has this id
--      TO422   - an invalid value, which the message names
-- ----------------------------------------------------------------------
begin
    perform check_integration(i_id);
    perform check_options(i_dialect, i_wrapper_key);
    update integration
       set dialect = nullif(coalesce(i_dialect, dialect), ''),
           wrapper_key = nullif(coalesce(i_wrapper_key, wrapper_key), '')
     where integration_id = i_id;
    return describe_integrations(i_id);
end;
$$;

comment on function tocsin_api.integration_set
is 'Change what the sender of an integration speaks.';
