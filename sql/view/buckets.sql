-- SPDX-License-Identifier: ISC
--
-- The views hourly and daily.  install.sql sets tocsin_view, tocsin_unit and
-- tocsin_width, the width of a bucket.
--
-- Computed at each query, and only from the alerts and events of the time
-- asked for: a condition on bucket_at leaves few buckets, and each reads its
-- own rows by index.  Grouping by date_trunc('hour', created_at) would
-- aggregate all history first.  A table of sums would add a write to every
-- event, and an alert changes long after its hour is over.
--
-- Limited to the time from ten years ago to tomorrow, so that one host with a
-- wrong clock cannot make a query count the hours from 1970.

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
is 'One row per time bucket and integration that had alerts or events.';
comment on column tocsin.:"tocsin_view".bucket_at
is 'Start of the bucket; hours and days are UTC.';
comment on column tocsin.:"tocsin_view".integration_id
is 'Id of the integration.';
comment on column tocsin.:"tocsin_view".integration_name
is 'Name of the integration.';
comment on column tocsin.:"tocsin_view".event_count
is 'Events received in the bucket that are still in the log.';
comment on column tocsin.:"tocsin_view".created_count
is 'Alerts opened in the bucket; the columns below describe these.';
comment on column tocsin.:"tocsin_view".duplicate_count
is 'Repeated creates with their Ids while they were live.';
comment on column tocsin.:"tocsin_view".acknowledged_count
is 'How many of them were acknowledged, at any time.';
comment on column tocsin.:"tocsin_view".resolved_count
is 'How many of them were resolved, at any time.';
comment on column tocsin.:"tocsin_view".auto_resolved_count
is 'How many of them were resolved without being acknowledged.';
comment on column tocsin.:"tocsin_view".mtta_seconds
is 'Mean time to acknowledge, over those acknowledged, in seconds.';
comment on column tocsin.:"tocsin_view".mtta_closed_seconds
is 'The same over those resolved;'
    ' time to resolve if never acknowledged.';
comment on column tocsin.:"tocsin_view".mttr_seconds
is 'Mean time to resolve, over those resolved, in seconds.';
comment on column tocsin.:"tocsin_view".response_p50_seconds
is 'Median time to acknowledge, in seconds.';
comment on column tocsin.:"tocsin_view".response_p95_seconds
is '95th percentile of the time to acknowledge, in seconds.';
comment on column tocsin.:"tocsin_view".lifetime_p50_seconds
is 'Median time to resolve, in seconds.';
comment on column tocsin.:"tocsin_view".lifetime_p95_seconds
is '95th percentile of the time to resolve, in seconds.';
comment on column tocsin.:"tocsin_view".noise_reduction_ratio
is '1 - alerts / create events.';
comment on column tocsin.:"tocsin_view".mtbf_seconds
is 'Mean seconds from the last resolution of an Id to its next alert.';
