-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.outgoing_counts()
returns table (
    metric  text,
    label   text,
    value   double precision)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.outgoing_counts(0)
--
--      Return the metrics of what is told; none while there are no
--      destinations.
--
-- Returns:
--      label   - a state of deliveries or the name of a destination; empty if
--                the metric has none
-- ----------------------------------------------------------------------
    select m.*
      from (
           select 'tocsin_outbox_oldest_seconds', '', coalesce((
                      select extract(epoch from clock_timestamp()
                                 - e.received_at)
                        from outbox o
                        join event e using (event_id)
                       order by o.outbox_id
                       limit 1), 0)::double precision
            union all
           select 'tocsin_deliveries', s.state, (
                      select count(*)
                        from delivery
                       where state = s.state::delivery_state)
                      ::double precision
             from unnest('{due, sending, dead}'::text[]) s(state)
            union all
           select 'tocsin_oldest_due_delivery_seconds', '', coalesce(
                      extract(epoch from clock_timestamp() - min(created_at)),
                      0)::double precision
             from delivery
            where state = 'due'
            union all
           select 'tocsin_destination_broken', d.name,
                  (s.broken_since is not null)::integer::double precision
             from destination d
             join destination_state s using (destination_id)
            union all
           select 'tocsin_relay_seen_timestamp_seconds', '',
                  extract(epoch from max(seen_at))::double precision
             from relay
           having max(seen_at) is not null) as m(metric, label, value)
     where exists (select from destination)
     order by m.metric, m.label
$$;

comment on function tocsin_api.outgoing_counts
is 'Return the metrics of what is told.';
