-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.describe_destinations(
    i_id    text default null)
returns setof tocsin_api.destination_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.describe_destinations(1)
--
--      Return what operators may see of one destination, or of all, by name.
--      Only the scheme and host of a URL are shown: the rest may be a secret.
--      Waiting deliveries are counted from the low-water marks on: see
--      tick_low_water.
-- ----------------------------------------------------------------------
    select d.destination_id, d.name, d.kind::text, d.format,
           audience_of(d.kind, d.format),
           case when d.kind = 'webhook'
                then substring(d.address, '^[a-z]+://[^/?#]+')
                else d.address end,
           d.secret is not null, d.enabled, s.disabled_reason, f.name,
           extract(epoch from d.fallback_after)::integer,
           case when d.hours_from is not null
                then concat_ws(' ', format('%s-%s',
                    left(d.hours_from::text, 5), left(d.hours_to::text, 5)),
                    array_to_string(d.hours_days, ','), d.hours_zone) end,
           d.hours_urgency::text, extract(epoch from d.gap)::integer,
           extract(epoch from d.gap_max)::integer, d.per_hour,
           d.in_flight_max::integer,
           (extract(epoch from d.timeout) * 1000)::integer,
           extract(epoch from d.give_up_after)::integer, d.forget_resolved,
           d.created_at,
           (select count(*)
              from delivery w
             where w.destination_id = d.destination_id
               and w.state = 'due'
               and w.due_at >= s.due_from)
           + (select count(*)
                from delivery w
               where w.destination_id = d.destination_id
                 and w.state = 'sending'
                 and w.leased_until >= s.leased_from),
           s.broken_since, s.last_sent_at, s.last_error, s.last_error_at,
           held_by(d, s, now()),
           nullif(array(
               select distinct m[1]
                 from regexp_matches(concat(d.address, d.headers, o.template),
                      E'\\{\\{secret\\.([A-Za-z0-9_.-]{1,64})\\}\\}', 'g') m
                order by 1), '{}'), null
      from destination d
      join destination_state s on s.destination_id = d.destination_id
      left join destination f on f.destination_id = d.fallback_id
      left join format o on o.name = d.format
     where d.destination_id = coalesce(i_id, d.destination_id)
     order by d.name
$$;

comment on function tocsin_internal.describe_destinations
is 'Return what operators may see of destinations.';
