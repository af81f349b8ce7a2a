-- SPDX-License-Identifier: ISC
-- The measures, against what is worked out by hand.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();
set local timezone = 'Asia/Kolkata';

-- i_event_type of i_id so many seconds after ten o'clock.
create function step(i_event_type text, i_id text, i_after integer)
returns text language sql volatile as $$
    select (post(i_event_type, i_id, 'int_capture', i_received_at =>
        timestamptz '2026-01-05 10:00+00' + make_interval(secs => i_after)
    )).outcome
$$;

-- Acknowledged after 60 s, resolved after 300 s, two duplicates.
select step('create', 'A', 0), step('create', 'A', 10),
       step('create', 'A', 20), step('acknowledge', 'A', 60),
       step('acknowledge', 'A', 90), step('resolve', 'A', 300);
-- Acknowledged after 120 s, never resolved.
select step('create', 'B', 600), step('acknowledge', 'B', 720);
-- By itself after 30 s.
select step('create', 'C', 1200), step('resolve', 'C', 1230);
-- Acknowledged after 240 s, resolved after 600 s.
select step('create', 'D', 1800), step('acknowledge', 'D', 2040),
       step('resolve', 'D', 2400);
-- A again, 2400 s after it was resolved; nobody cares.
select step('create', 'A', 2700);
-- Opened at the end of the hour; after 310 s and 3610 s.
select step('create', 'E', 3590), step('acknowledge', 'E', 3900),
       step('resolve', 'E', 7200);
-- C again, 3600 s after it was resolved.
select step('create', 'C', 4830);
-- The last moment of the day before, and an event about nothing.
select step('create', 'F', -36001), step('resolve', 'nobody', -36001);

create function row_of(i_view text, i_at timestamptz) returns text
language plpgsql as $$
declare
    _row    text;
begin
    execute format('select (event_count, created_count, duplicate_count,
        acknowledged_count, resolved_count, auto_resolved_count,
        mtta_seconds, mtta_closed_seconds, mttr_seconds,
        response_p50_seconds, response_p95_seconds, lifetime_p50_seconds,
        round(lifetime_p95_seconds::numeric, 3),
        round(noise_reduction_ratio::numeric, 3),
        mtbf_seconds)::text from tocsin.%I
        where bucket_at = $1 and integration_id = $2', i_view)
      into _row using i_at, 'int_capture';
    return _row;
end;
$$;

-- 15 events: A has 6, B 2, C 2, D 3, A again 1, E 1.  MTTA of 60, 120, 240,
-- 310; closed of 60, 30, 240, 310; MTTR of 300, 30, 600, 3610.
select is(row_of('hourly', '2026-01-05 10:00+00'),
    '(15,6,2,4,4,1,182.5,160,1135,180,299.5,450,3158.500,0.250,2400)',
    'the hour in which the alerts were opened has all of them');
select is(row_of('hourly', '2026-01-05 11:00+00'),
    '(2,1,0,0,0,0,,,,,,,,0.000,3600)',
    'the next one has the alert that was opened in it');
select is(row_of('hourly', '2026-01-05 12:00+00'),
    '(1,0,0,0,0,0,,,,,,,,,)',
    'an hour with events alone has no measures of alerts');
select is(row_of('hourly', '2026-01-05 13:00+00'), null,
    'an hour in which nothing happened has no row');
select is(row_of('daily', '2026-01-05 00:00+00'),
    '(18,7,2,4,4,1,182.5,160,1135,180,299.5,450,3158.500,0.222,3000)',
    'the day has the same alerts and one more');
select is(row_of('daily', '2026-01-04 00:00+00'),
    '(2,1,0,0,0,0,,,,,,,,0.000,)',
    'days are those of UTC, wherever one looks from');
select results_eq(
    $$ select external_id collate "default", response_seconds,
              resolve_seconds, lifetime_seconds, since_previous_seconds,
              duplicate_count, auto_resolved
         from tocsin.alerts where integration_id = 'int_capture'
        order by created_at $$,
    $$ values
        ('F', null::float8, null::float8, null::float8, null::float8, 0,
         false),
        ('A', 60, 240, 300, null, 2, false),
        ('B', 120, null, null, null, 0, false),
        ('C', null, null, 30, null, 0, true),
        ('D', 240, 360, 600, null, 0, false),
        ('A', null, null, null, 2400, 0, false),
        ('E', 310, 3300, 3610, null, 0, false),
        ('C', null, null, null, 3600, 0, false) $$,
    'each alert has its own');
select set_eq(
    'select name from tocsin.metric_definitions',
    '{response_seconds, resolve_seconds, lifetime_seconds, mtta_seconds,
      mtta_closed_seconds, mttr_seconds, mtbf_seconds,
      response_p50_seconds, response_p95_seconds, lifetime_p50_seconds,
      lifetime_p95_seconds, duplicate_count, noise_reduction_ratio,
      auto_resolved}'::text[],
    'each measure is defined');
select is_empty(
    $$ select m.name
         from tocsin.metric_definitions m
        where not exists (
              select from pg_attribute a
               where a.attrelid in ('tocsin.alerts'::regclass,
                         'tocsin.daily'::regclass)
                 and a.attname = m.name) $$,
    'and is a column of that name');
select is_empty(
    $$ select a.attname
         from pg_attribute a
        where a.attrelid = 'tocsin.hourly'::regclass and a.attnum > 0
          and a.attname ~ '_seconds$|_ratio$'
          and a.attname not in (
              select name from tocsin.metric_definitions) $$,
    'no measure of the hours is left undefined');

-- A host whose clock is wrong.
select post('create', 'old', i_received_at => '1970-01-01 00:00+00');
select post('create', 'new', i_received_at => '2999-01-01 00:00+00');
select is(row_of('hourly', '2026-01-05 11:00+00'),
    '(2,1,0,0,0,0,,,,,,,,0.000,3600)',
    'a clock that is wrong does not hide an hour');
select cmp_ok(max(bucket_at), '<', now() + interval '2 days',
    'nor does it add centuries') from tocsin.daily;

select * from finish();
rollback;
