-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.relay_check()
returns setof tocsin_api.finding
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.relay_check(0)
--
--      List the relays, and check their clocks.
--
-- Returns:
--      relay       - one for each that was seen in the last 2 minutes and has
--                    not ended, or else for the one that was seen last; false
--                    if its clock was off by more than 30 seconds, since
--                    receivers compare the time that a message was signed at
--                    with their own and allow 5 minutes
--      no row      - none was seen in the last day
-- ----------------------------------------------------------------------
    select 'relay', abs(r.ahead) <= 30,
           format('tocsin-relay %s on %s, process %s, %s %s ago', r.version,
               r.host, r.pid, w.what, date_trunc('second',
                   greatest(now() - w.at, '0')))
           || case when abs(r.ahead) > 30
                   then format('; its clock is %s s %s the database''s',
                       round(abs(r.ahead)), case when r.ahead > 0
                           then 'ahead of' else 'behind' end)
                   else '' end
      from (
           select *, extract(epoch from clock_ahead) as ahead,
                  rank() over (order by is_there desc,
                      case when not is_there then seen_at end desc) as place
             from relay
            cross join lateral (
                  select left_at is null
                     and seen_at > now() - interval '2 minutes' as is_there)
                  c) r
     cross join lateral (
           select case when r.is_there then 'started'
                       when r.left_at is not null then 'ended'
                       else 'last seen' end,
                  case when r.is_there then r.started_at
                       else r.seen_at end) w(what, at)
     where r.place = 1
     order by r.host, r.pid
$$;

comment on function tocsin_api.relay_check
is 'List the relays, and check their clocks.';
