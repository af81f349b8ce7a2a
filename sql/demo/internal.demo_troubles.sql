-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.demo_troubles(
    i_days  integer,
    i_seed  bigint)
returns setof tocsin_internal.demo_trouble
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.demo_troubles(2)
--
--      Return the problems of the last i_days.  Each integration has a
--      daily rate, a busiest hour, and occasionally an hour in which
--      everything fails at once.  People react more slowly at night;
--      problems that began more than twelve hours ago are over.
-- ----------------------------------------------------------------------
    with profile(name, rate, busiest, subjects, care, care_s, last_s,
         repeat) as (values
        ('Demo: Website checks', 36, 20, 24, 0.25, 400, 420, 0.15),
        ('Demo: Servers', 60, 14, 60, 0.55, 600, 2400, 0.35),
        ('Demo: Nightly backups', 4, 3, 9, 0.80, 9000, 14400, 0.10),
        ('Demo: Shop', 22, 19, 12, 0.90, 150, 1500, 0.45),
        ('Demo: Office network', 9, 10, 18, 0.60, 1200, 5400, 0.20)),
    hour as (
        select p.*, h, p.name || ' ' || h as key,
               (extract(hour from s.at at time zone 'UTC')) as of_day, s.at,
               demo_random(i_seed, p.name || ' burst ' || h) < 0.006 as burst
          from profile p
         cross join generate_series(1, i_days * 24) h
         cross join lateral (
               select now() - h * interval '1 hour' as at) s),
    trouble as (
        select r.*, r.key || ' ' || k as of,
               -- The sum of four is roughly normal, so its exponential is
               -- roughly log-normal, like human reaction times.
               exp(1.1 * (demo_random(i_seed, r.key || k || 'a')
                   + demo_random(i_seed, r.key || k || 'b')
                   + demo_random(i_seed, r.key || k || 'c')
                   + demo_random(i_seed, r.key || k || 'd') - 2)) as pace,
               r.at + demo_random(i_seed, r.key || k || 'at')
                   * interval '1 hour' as began
          from hour r
         cross join lateral generate_series(1, floor(
                   r.rate / 24.0 * (1 + 0.9 * cos(pi()
                       * (r.of_day - r.busiest) / 12))
                   * case when r.burst then 9 else 1 end
                   + demo_random(i_seed, r.key))::integer) k),
    told as (
        select t.*,
               demo_random(i_seed, t.of || 'care') < t.care as cared,
               t.began + t.care_s * t.pace * interval '1 second'
                   * case when t.of_day < 6 then 3 else 1 end as seen_at,
               demo_random(i_seed, t.of || 'end') as fate
          from trouble t)
    select t.name, t.of,
           (1 + floor(t.subjects * power(
               demo_random(i_seed, t.of || 'who'), 2)))::text,
           t.began,
           case when t.cared and t.seen_at < now() then t.seen_at end,
           case when e.at < now()
                    and (t.h > 12 or t.fate < 0.7) then e.at end,
           case when demo_random(i_seed, t.of || 'again') < t.repeat
                then 1 + floor(t.pace * 2)::integer else 0 end,
           case when t.burst and t.fate < 0.25 then 'SEV-1'
                when t.fate < 0.02 then 'SEV-2'
                when t.fate < 0.04 then 'SEV-3' end
      from told t
     cross join lateral (
           select least(case when t.cared then t.seen_at else t.began end
                      + t.last_s * (0.2 + 1.6 * t.fate)
                        * interval '1 second',
                  greatest(now() - interval '11 hours 59 minutes',
                      t.began + interval '12 hours'))) as e(at)
     where t.began < now()
$$;

comment on function tocsin_internal.demo_troubles
is 'Return the problems of the demonstration.';
