-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.integration_enable(
    i_id        text,
    i_enabled   boolean)
returns tocsin_api.integration_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.integration_enable(2)
--
--      Enable or disable an integration: accept or refuse its webhooks.
--
-- Returns:
--      the integration
-- Raises:
--      TO404   - no integration has this id
--      TO422   - i_enabled is null
-- ----------------------------------------------------------------------
begin
    perform check_integration(i_id);
    if i_enabled is null then
        raise exception using errcode = 'TO422',
            message = 'whether to enable the integration must not be null',
            hint = 'Pass true or false.';
    end if;
    update integration
       set enabled = i_enabled
     where integration_id = i_id;
    return describe_integrations(i_id);
end;
$$;

comment on function tocsin_api.integration_enable
is 'Enable or disable an integration.';
