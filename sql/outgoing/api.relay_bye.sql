-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.relay_bye(
    i_relay uuid)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.relay_bye(1)
--
--      Sign a relay off: deliveries that it has not reported are due again.
-- ----------------------------------------------------------------------
    update destination_state
       set rests_until = clock_timestamp()
     where rests_for = 'sending'
       and rests_until > clock_timestamp()
       and destination_id in (
           select destination_id
             from delivery
            where state = 'sending'
              and leased_by = i_relay);
    select return_deliveries(array(
               select delivery_id
                 from delivery
                where state = 'sending'
                  and leased_by = i_relay), 'the relay ended',
               clock_timestamp());
    update relay
       set left_at = clock_timestamp(),
           seen_at = clock_timestamp()
     where relay_id = i_relay
$$;

comment on function tocsin_api.relay_bye
is 'Sign a relay off.';
