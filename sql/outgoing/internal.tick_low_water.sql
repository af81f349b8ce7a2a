-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tick_low_water(
    i_now           timestamptz,
    i_limit         integer,
    out o_done      integer,
    out o_next_at   timestamptz)
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
set enable_bitmapscan = off
set enable_sort = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tick_low_water(2)
--
--      The part of tick that advances the low-water marks of destinations: no
--      waiting delivery is due before due_from, and no current lease ends
--      before leased_from.  claim starts reading there, past the index entries
--      of deliveries that were sent since the oldest snapshot, which vacuum
--      cannot remove while a report or a backup runs.
--
--      A mark may lag, but no entry may appear below it.  So code that makes a
--      delivery due is part of tick, or reads the clock while it holds the lock
--      of destination_state, or commits within 10 seconds of reading it, by
--      which marks lag; lower_water handles times that move back.  Every 10
--      minutes the marks are found again from the start, in case other code
--      broke this rule.
--
-- Locks:
--      destination_state   - no key update, rows that are not locked; so this
--                            part comes last
-- ----------------------------------------------------------------------
declare
    _behind     constant interval := interval '10 seconds';
    _is_sweep   constant boolean := (
                    select coalesce(
                               date_bin('10 minutes', ticked_at, 'epoch')
                                   < date_bin('10 minutes', i_now, 'epoch'),
                               true)
                      from ticker);
begin
    update destination_state s
       set due_from = m.due_from,
           leased_from = m.leased_from
      from (
           select l.destination_id,
                  least(i_now, (
                      select w.due_at
                        from delivery w
                       where w.destination_id = l.destination_id
                         and w.state = 'due'
                         and w.due_at >= l.old_due_from
                       order by w.due_at
                       limit 1)) - _behind as due_from,
                  -- See take_deliveries for the shortest lease.
                  least(i_now + interval '60 seconds', (
                      select w.leased_until
                        from delivery w
                       where w.destination_id = l.destination_id
                         and w.state = 'sending'
                         and w.leased_until >= l.old_leased_from
                       order by w.leased_until
                       limit 1)) - _behind as leased_from
             from (
                  select destination_id,
                         case when _is_sweep then '-infinity'
                             else due_from end as old_due_from,
                         case when _is_sweep then '-infinity'
                             else leased_from end as old_leased_from
                    from destination_state
                   order by due_from, destination_id
                   limit i_limit
                     for no key update skip locked) l
           offset 0) m
     where m.destination_id = s.destination_id
       -- At most one row version every 2 seconds.
       and (m.due_from < s.due_from
           or m.due_from > s.due_from + interval '2 seconds'
           or m.leased_from < s.leased_from
           or m.leased_from > s.leased_from + interval '2 seconds');
    o_done := 0;
    o_next_at := null;
end;
$$;

comment on function tocsin_internal.tick_low_water
is 'Part of tick: advance the low-water marks of destinations.';
