-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.meet_relay(
    i_relay uuid,
    i_now   timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.meet_relay(2)
--
--      Record that a relay is alive, at most every 5 seconds.
--
-- Raises:
--      TO404   - it has not called relay_hello, or was not seen for a day
-- ----------------------------------------------------------------------
begin
    update relay
       set seen_at = i_now
     where relay_id = i_relay
       and left_at is null
       and seen_at < i_now - interval '5 seconds';
    if not found and not exists (
        select from relay
         where relay_id = i_relay
           and left_at is null)
    then
        raise exception using errcode = 'TO404',
            message = format('there is no relay %s', i_relay),
            hint = 'Call tocsin_api.relay_hello first.';
    end if;
end;
$$;

comment on function tocsin_internal.meet_relay
is 'Record that a relay is alive.';
