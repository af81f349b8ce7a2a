-- SPDX-License-Identifier: ISC
--
-- hourly and daily, of one text: install.sql sets tocsin_view, tocsin_unit and
-- tocsin_width, which is that of a bucket.
--
-- Made anew at each query, from the alerts and events of its time alone: a
-- condition on bucket_at leaves few buckets, and each reads its own rows by
-- index.  To group by date_trunc('hour', created_at) would aggregate all
-- history first.  A table of sums kept beside would cost every event, and an
-- alert changes long after its hour is over.
--
-- From ten years ago to tomorrow at most, lest one host whose clock is wrong
-- makes a query count the hours from 1970.

create or replace view tocsin.:"tocsin_view" as
select b.bucket_at,
       m.integration_id,
       i.name as integration_name,
       m.event_count,
       m.created_count,
       m.duplicate_count,
       m.acknowledged_count,
       m.resolved_count,
       m.auto_resolved_count,
       m.mtta_seconds,
       m.mtta_closed_seconds,
       m.mttr_seconds,
       m.response_p50_seconds,
       m.response_p95_seconds,
       m.lifetime_p50_seconds,
       m.lifetime_p95_seconds,
       m.noise_reduction_ratio,
       m.mtbf_seconds
  from (select g.local_at at time zone 'UTC' as bucket_at
          from generate_series(
               (select date_trunc(:'tocsin_unit', greatest(r.first_at,
                           now() - interval '10 years') at time zone 'UTC')
                  from tocsin_internal.reach r),
               (select least(r.last_at, now() + interval '1 day')
                           at time zone 'UTC'
                  from tocsin_internal.reach r),
               interval :'tocsin_width') as g(local_at)) b
 cross join lateral (
       select s.integration_id,
              count(s.event_id) as event_count,
              count(s.alert_id) as created_count,
              coalesce(sum(s.duplicate_count), 0)::bigint as duplicate_count,
              count(s.response_seconds) as acknowledged_count,
              count(s.lifetime_seconds) as resolved_count,
              count(*) filter (where s.auto_resolved) as auto_resolved_count,
              avg(s.response_seconds) as mtta_seconds,
              avg(s.closed_seconds) as mtta_closed_seconds,
              avg(s.lifetime_seconds) as mttr_seconds,
              percentile_cont(0.5) within group (order by s.response_seconds)
                  as response_p50_seconds,
              percentile_cont(0.95) within group (order by s.response_seconds)
                  as response_p95_seconds,
              percentile_cont(0.5) within group (order by s.lifetime_seconds)
                  as lifetime_p50_seconds,
              percentile_cont(0.95) within group (order by s.lifetime_seconds)
                  as lifetime_p95_seconds,
              1 - count(s.alert_id) / nullif(count(s.alert_id)
                      + sum(s.duplicate_count), 0)::double precision
                  as noise_reduction_ratio,
              avg(s.since_previous_seconds) as mtbf_seconds
         from tocsin_internal.fact s
        where s.at >= b.bucket_at
          and s.at < b.bucket_at + interval :'tocsin_width'
        group by s.integration_id) m
  left join tocsin_internal.integration i using (integration_id);

comment on view tocsin.:"tocsin_view"
is 'One row per bucket of time and integration in which something happened.';
comment on column tocsin.:"tocsin_view".bucket_at
is 'When the bucket begins; hours and days are those of UTC.';
comment on column tocsin.:"tocsin_view".integration_id
is 'Id of the integration.';
comment on column tocsin.:"tocsin_view".integration_name
is 'Name of the integration.';
comment on column tocsin.:"tocsin_view".event_count
is 'Events received in the bucket, as long as the log has them.';
comment on column tocsin.:"tocsin_view".created_count
is 'Alerts opened in the bucket; all that follows is about them.';
comment on column tocsin.:"tocsin_view".duplicate_count
is 'Further creates of their Ids while they were live.';
comment on column tocsin.:"tocsin_view".acknowledged_count
is 'How many of them have been acknowledged, whenever.';
comment on column tocsin.:"tocsin_view".resolved_count
is 'How many of them have been resolved, whenever.';
comment on column tocsin.:"tocsin_view".auto_resolved_count
is 'How many were resolved without being acknowledged.';
comment on column tocsin.:"tocsin_view".mtta_seconds
is 'Mean time to acknowledge, of those acknowledged.';
comment on column tocsin.:"tocsin_view".mtta_closed_seconds
is 'The same of those resolved; not acknowledged counts as resolved.';
comment on column tocsin.:"tocsin_view".mttr_seconds
is 'Mean time to resolve, of those resolved.';
comment on column tocsin.:"tocsin_view".response_p50_seconds
is 'Median time to acknowledge.';
comment on column tocsin.:"tocsin_view".response_p95_seconds
is '95th percentile of the time to acknowledge.';
comment on column tocsin.:"tocsin_view".lifetime_p50_seconds
is 'Median time to resolve.';
comment on column tocsin.:"tocsin_view".lifetime_p95_seconds
is '95th percentile of the time to resolve.';
comment on column tocsin.:"tocsin_view".noise_reduction_ratio
is '1 - alerts / create events.';
comment on column tocsin.:"tocsin_view".mtbf_seconds
is 'Mean time from the last resolution of an Id to its next alert.';
