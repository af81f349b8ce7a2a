-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tick_fallbacks(
    i_now           timestamptz,
    i_limit         integer,
    out o_done      integer,
    out o_next_at   timestamptz)
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tick_fallbacks(2)
--
--      The part of tick for destinations that have been broken for longer
--      than fallback_after: what waits there about live alerts is also due at
--      their fallback, once, under the same notice_id.
-- ----------------------------------------------------------------------
begin
    o_done := 0;
    -- Usually none is broken: then read no deliveries.
    if exists (
        select from destination_state s
          join destination d on d.destination_id = s.destination_id
         where s.broken_since <= i_now - d.fallback_after
           and d.fallback_id is not null)
    then
        insert into delivery (destination_id, alert_id, notice, notice_id,
               urgency, tell_acknowledged, tell_resolved, created_at, due_at,
               expires_at)
        select f.destination_id, w.alert_id, w.notice, w.notice_id, w.urgency,
               w.tell_acknowledged, w.tell_resolved, i_now, i_now,
               i_now + f.give_up_after
          from destination_state s
          join destination d on d.destination_id = s.destination_id
          join destination f on f.destination_id = d.fallback_id
          join delivery w on w.destination_id = d.destination_id
          join alert a on a.alert_id = w.alert_id
         where s.broken_since <= i_now - d.fallback_after
           and w.state = 'due'
           and a.resolved_at is null
           and not coalesce(speaks_of(a, f.name), false)
           and not exists (
               select from delivery x
                where x.destination_id = f.destination_id
                  and x.notice_id = w.notice_id
                  and x.notice <> 'test')
         order by w.delivery_id
         limit i_limit
            on conflict do nothing;
        get diagnostics o_done = row_count;
    end if;
    select min(s.broken_since + d.fallback_after)
      into o_next_at
      from destination_state s
      join destination d on d.destination_id = s.destination_id
     where s.broken_since > i_now - d.fallback_after
       and d.fallback_id is not null;
end;
$$;

comment on function tocsin_internal.tick_fallbacks
is 'Part of tick: tell the fallbacks of broken destinations.';
