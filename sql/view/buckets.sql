-- SPDX-License-Identifier: ISC
--
-- The views hourly and daily.  install.sql sets tocsin_view, tocsin_unit and
-- tocsin_width, the width of a bucket.
--
-- Days that are over are stored: see roll_up.  The rest, and what has changed
-- since, is computed at each query, and only from the alerts and events of
-- the time asked for: a condition on bucket_at leaves few buckets, and each
-- reads its own rows by index.  Grouping by date_trunc('hour', created_at)
-- would aggregate all history first.
--
-- Limited to the time from ten years ago to tomorrow, so that one host with a
-- wrong clock cannot make a query count the hours from 1970.

create or replace view tocsin.:"tocsin_view" as
select m.bucket_at,
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
       1 - m.created_count / nullif(m.created_count + m.duplicate_count, 0)
               ::double precision as noise_reduction_ratio,
       m.mtbf_seconds
  from (select r.bucket_at, r.integration_id, r.event_count, r.created_count,
               r.duplicate_count, r.acknowledged_count, r.resolved_count,
               r.auto_resolved_count, r.mtta_seconds, r.mtta_closed_seconds,
               r.mttr_seconds, r.response_p50_seconds, r.response_p95_seconds,
               r.lifetime_p50_seconds, r.lifetime_p95_seconds, r.mtbf_seconds
          from tocsin_internal.rollup r
         where r.unit = :'tocsin_unit'
           and r.bucket_at >= date_trunc(:'tocsin_unit',
               now() - interval '10 years', 'UTC')
           and not exists (
               select from tocsin_internal.stale_rollup s
                where s.unit = r.unit
                  and s.bucket_at = r.bucket_at
                  and s.integration_id = r.integration_id)
         union all
        select b.bucket_at, c.*
          from (-- Buckets of all integrations, then of single ones.
                select g.local_at at time zone 'UTC' as bucket_at,
                       '' as first_id, '~' as last_id
                  from generate_series(
                       (select date_trunc(:'tocsin_unit', greatest(r.first_at,
                                   now() - interval '10 years', u.until)
                                   at time zone 'UTC')
                          from tocsin_internal.reach r
                         cross join tocsin_internal.rolled_up u),
                       (select case when r.last_at is not null
                                    then least(r.last_at,
                                        now() + interval '1 day') end
                                   at time zone 'UTC'
                          from tocsin_internal.reach r),
                       interval :'tocsin_width') as g(local_at)
                 union all
                select distinct s.bucket_at, s.integration_id,
                       s.integration_id
                  from tocsin_internal.stale_rollup s
                 where s.unit = :'tocsin_unit'
                   and s.bucket_at >= date_trunc(:'tocsin_unit',
                       now() - interval '10 years', 'UTC')
                   and s.bucket_at < (
                       select u.until from tocsin_internal.rolled_up u)) b
         cross join lateral (
               select s.integration_id,
                      count(s.event_id) as event_count,
                      count(s.alert_id) as created_count,
                      coalesce(sum(s.duplicate_count), 0)::bigint
                          as duplicate_count,
                      count(s.response_seconds) as acknowledged_count,
                      count(s.lifetime_seconds) as resolved_count,
                      count(*) filter (where s.auto_resolved)
                          as auto_resolved_count,
                      avg(s.response_seconds) as mtta_seconds,
                      avg(s.closed_seconds) as mtta_closed_seconds,
                      avg(s.lifetime_seconds) as mttr_seconds,
                      percentile_cont(0.5) within group (
                          order by s.response_seconds)
                          as response_p50_seconds,
                      percentile_cont(0.95) within group (
                          order by s.response_seconds)
                          as response_p95_seconds,
                      percentile_cont(0.5) within group (
                          order by s.lifetime_seconds)
                          as lifetime_p50_seconds,
                      percentile_cont(0.95) within group (
                          order by s.lifetime_seconds)
                          as lifetime_p95_seconds,
                      avg(s.since_previous_seconds) as mtbf_seconds
                 from tocsin_internal.fact s
                where s.at >= b.bucket_at
                  and s.at < b.bucket_at + interval :'tocsin_width'
                  and s.integration_id >= b.first_id
                  and s.integration_id <= b.last_id
                group by s.integration_id) c) m
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

-- The table's columns are the same.
do $$
declare
    _column record;
begin
    for _column in
        select r.attname as name, t.text
          from pg_attribute r
          join pg_attribute v
            on v.attname = r.attname
           and v.attrelid = 'tocsin.hourly'::regclass
         cross join col_description(v.attrelid, v.attnum) t(text)
         where r.attrelid = 'tocsin_internal.rollup'::regclass
           and t.text is distinct from col_description(r.attrelid, r.attnum)
    loop
        execute format('comment on column tocsin_internal.rollup.%I is %L',
            _column.name, _column.text);
    end loop;
end;
$$;
