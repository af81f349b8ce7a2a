-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.own_troubles(
    i_now   timestamptz)
returns table (
    id          text,
    title       text,
    description text)
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.own_troubles(1)
--
--      Return the troubles for which tocsin opens alerts of its own:
--      destinations that were disabled by their answer, or are enabled and have
--      been broken for 5 minutes; deliveries that became dead in the last day;
--      no relay for 20 minutes, longer than cron's interval, while a delivery
--      is due; and a part of tick that failed in the last 5 minutes.
-- ----------------------------------------------------------------------
begin
    return query
    select 'destination/' || d.name,
           case when s.disabled_reason is not null
                then format('Destination %s was disabled: %s', d.name,
                    s.disabled_reason)
                else format('Destination %s is broken', d.name) end,
           s.last_error
      from destination_state s
      join destination d on d.destination_id = s.destination_id
     where s.disabled_reason is not null
        or d.enabled
           and s.broken_since <= i_now - interval '5 minutes'
     union all
    select 'dead_letters', format('%s deliveries are dead', count(*)),
           'See tocsin delivery list --dead.'
      from delivery
     where state = 'dead'
       and due_at > i_now - interval '24 hours'
    having count(*) > 0
     union all
    select 'relay', 'No relay sends what is due',
           'See tocsin-relay(8).'
     where not exists (
           select from relay where seen_at > i_now - interval '20 minutes')
       and exists (
           select
             from destination_state s
             join destination d on d.destination_id = s.destination_id
            where d.enabled
              and has_due(d, s, i_now - interval '20 minutes', i_now))
     union all
    select 'tick', 'Scheduled work of tocsin fails', t.failure
      from ticker t
     where t.failed_at > i_now - interval '5 minutes';
end;
$$;

comment on function tocsin_internal.own_troubles
is 'Return the troubles for which tocsin opens alerts of its own.';
