-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.demo_events(
    i_days  integer,
    i_seed  bigint)
returns setof tocsin_internal.event
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.demo_events(2)
--
--      Return the events that report the problems of the demonstration, as
--      a sender would send them: columns that only ingest sets are null.
-- ----------------------------------------------------------------------
    with kind(profile, place, id, title, tags, urgency) as (values
        ('Demo: Website checks', 0, 'site', 'Website %s.example is down',
         '{http,probe}', 'high'),
        ('Demo: Servers', 0, 'disk', 'Disk of web-%s is 93 %% full',
         '{linux,disk}', 'low'),
        ('Demo: Servers', 1, 'load', 'Load of app-%s is high',
         '{linux,load}', 'medium'),
        ('Demo: Servers', 2, 'service', 'A service of db-%s failed',
         '{linux,systemd}', 'high'),
        ('Demo: Nightly backups', 0, 'backup', 'Backup of db-%s failed',
         '{backup,night}', 'medium'),
        ('Demo: Shop', 0, 'checkout', 'Checkout %s: errors above 5 %%',
         '{shop,money}', 'critical'),
        ('Demo: Shop', 1, 'queue', 'Queue orders-%s is long',
         '{shop,queue}', 'medium'),
        ('Demo: Office network', 0, 'ap', 'Access point ap-%s is offline',
         '{office,wifi}', 'silent')),
    told as (
        select t.*, k.id || '-' || t.subject as external_id,
               format(k.title, t.subject) as title, k.tags, k.urgency,
               i.integration_id, s.event_type, s.at as told_at, s.n
          from demo_troubles(i_days, i_seed) t
          join integration i on i.name = t.profile and i.is_demo
          join kind k on k.profile = t.profile
           and k.place = floor(demo_random(i_seed, t.profile || t.subject)
               * (select count(*) from kind c where c.profile = t.profile))
         cross join lateral (
               select 'create'::event_type, j, t.at
                    + (coalesce(t.resolved_at, now()) - t.at)
                    * (j / (t.repeats + 1.0)::double precision)
                 from generate_series(0, t.repeats) j
                union all
               select 'acknowledge', -1, t.acknowledged_at
                where t.acknowledged_at is not null
                union all
               select 'resolve', -2, t.resolved_at
                where t.resolved_at is not null) s(event_type, n, at))
    select (lpad(to_hex((extract(epoch from e.told_at) * 1000)::bigint),
                12, '0') || '7' || substr(h.hash, 1, 3)
                || '8' || substr(h.hash, 4, 15))::uuid,
           e.told_at, null::timestamptz, 'webhook'::source, e.integration_id,
           null::uuid, e.event_type, e.external_id, null::outcome,
           null::text, null::status, null::status, c.title,
           case when e.n >= 0 then format(
               'Seen by the demonstration for the %s. time.', e.n + 1) end,
           case when e.n >= 0 then e.urgency::urgency end,
           case when e.n >= 0 then e.tags::text[] end,
           case when e.n >= 0 then '{}'::text[] end,
           case when e.n >= 0 then jsonb_build_object('subject', e.subject,
               'check', e.n + 1) end,
           case when e.n >= 0 then e.incident_severity is not null end,
           case when e.n >= 0 then e.incident_severity::severity end,
           case when e.n >= 0 and e.incident_severity is not null
                then 'Please join the bridge' end,
           null::jsonb, case when e.n >= 0 then '{}'::text[] end, null::text,
           '192.0.2.' || 10 + length(e.profile)
      from told e
     cross join lateral (
           select md5(e.key || e.n || i_seed) as hash) h
     cross join lateral (
           select case when e.n >= 0 then e.title end as title) c
$$;

comment on function tocsin_internal.demo_events
is 'Return the events of the demonstration.';
