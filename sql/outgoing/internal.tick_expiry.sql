-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.tick_expiry(
    i_now           timestamptz,
    i_limit         integer,
    out o_done      integer,
    out o_next_at   timestamptz)
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.tick_expiry(2)
--
--      The part of tick for what has expired: leases, so that deliveries which
--      a relay did not report are due again; deliveries past expires_at; relays
--      not seen for a day; and the watch of integrations: see end_watch.
--      o_next_at is null, since these can wait for the next regular tick, and
--      finding the time would read index entries that claim skips: see
--      tick_low_water.
--
-- Locks:
--      advisory, (1953457012, 2)   - if watched may end: see
--      watch_integration
-- ----------------------------------------------------------------------
declare
    _rows   integer;
begin
    o_done := return_deliveries(array(
        select o.delivery_id
          from destination_state s
         cross join lateral (
               select w.delivery_id
                 from delivery w
                where w.destination_id = s.destination_id
                  and w.state = 'sending'
                  and w.leased_until >= s.leased_from
                  and w.leased_until <= i_now
                order by w.leased_until
                limit i_limit) o
         union all
        select delivery_id
          from delivery
         where removed_kind is not null
           and leased_until <= i_now
         limit i_limit), 'the relay did not report', i_now);

    update delivery
       set state = 'dead',
           due_at = i_now,
           reason = 'given up after '
               || floor(extract(epoch from expires_at - created_at) / 60)
               || ' minutes' || coalesce(': ' || reason, '')
     where delivery_id = any (array(
           select delivery_id
             from delivery
            where array[state] = '{due}'
              and expires_at <= i_now
            order by expires_at
            limit i_limit));
    get diagnostics _rows = row_count;
    o_done := o_done + _rows;

    delete from relay where seen_at < i_now - interval '24 hours';
    if exists (
        select from integration where watched and not is_routed(integration_id))
    then
        perform end_watch();
    end if;
    o_next_at := null;
end;
$$;

comment on function tocsin_internal.tick_expiry
is 'Part of tick: end leases, deliveries and watches that are over.';
