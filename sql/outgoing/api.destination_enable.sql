-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.destination_enable(
    i_name      text,
    i_enabled   boolean)
returns tocsin_api.destination_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.destination_enable(2)
--
--      Enable or disable a destination: send what is due, or let it wait.
--      Both clear its record of failures: an enabled one is tried at once,
--      and one that the operator has disabled is not broken.
--
-- Parameters:
--      i_name      - its name or id
--
-- Returns:
--      the destination
-- Raises:
--      TO404       - there is no such destination
--      TO422       - i_enabled is null
-- ----------------------------------------------------------------------
declare
    d   constant destination := find_destination(i_name);
begin
    if i_enabled is null then
        raise exception using errcode = 'TO422',
            message = 'whether to enable the destination must not be null',
            hint = 'Pass true or false.';
    end if;
    update destination
       set enabled = i_enabled
     where destination_id = d.destination_id;
    update destination_state
       set disabled_reason = null,
           failures = 0,
           broken_since = null,
           open_until = null,
           rests_until = case when rests_for = 'sending' then rests_until
               else '-infinity' end
     where destination_id = d.destination_id;
    if i_enabled then
        update delivery
           set due_at = clock_timestamp()
         where destination_id = d.destination_id
           and state = 'due'
           and due_at > clock_timestamp();
    end if;
    return describe_destinations(d.destination_id);
end;
$$;

comment on function tocsin_api.destination_enable
is 'Enable or disable a destination.';
