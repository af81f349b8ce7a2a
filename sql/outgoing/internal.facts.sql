-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.facts(
    i_deliveries    bigint[],
    i_now           timestamptz default now())
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.facts(2)
--
--      Return the facts of a message that carries these deliveries of one
--      destination: see facts_of.  Times in lines are in the time zone of the
--      destination's hours, or else of the session.  Null if there are no such
--      deliveries.
-- ----------------------------------------------------------------------
begin
    return (
        select facts_of(
                   array_agg((w.alert_id, w.notice::text, w.notice_id,
                              w.created_at)::told order by w.delivery_id),
                   i_now,
                   coalesce(min(d.hours_zone), current_setting('TimeZone')))
          from delivery w
          join destination d using (destination_id)
         where w.delivery_id = any (i_deliveries));
end;
$$;

comment on function tocsin_internal.facts
is 'Return the facts of a message that carries some deliveries.';
