-- SPDX-License-Identifier: ISC
-- What maintenance creates and deletes over time.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

create function maintain(i_events interval, i_alerts interval,
    i_limit integer default 1000)
returns tocsin_api.maintenance language sql volatile as $$
    select tocsin_api.maintain(i_events, i_alerts, i_limit)
$$;
-- All steps until it is finished.
create function steps(i_events interval, i_alerts interval,
    i_limit integer default 1000)
returns setof tocsin_api.maintenance language plpgsql as $$
declare
    _step   tocsin_api.maintenance;
begin
    for _n in 1..50 loop
        _step := maintain(i_events, i_alerts, i_limit);
        exit when _step.action = 'finished';
        return next _step;
    end loop;
end;
$$;
create function months_of(i_from integer, i_to integer)
returns setof text language sql as $$
    select to_char(date_trunc('month', now() at time zone 'UTC')
               + make_interval(months => m), '"event_"YYYY_MM')
      from generate_series(i_from, i_to) m
$$;

-- So long that the months before the last three are wholly older.
create function three_months() returns interval language sql stable as $$
    select now() - (date_trunc('month', now() at time zone 'UTC')
               - interval '3 months') at time zone 'UTC'
$$;

-- What cannot be.
select throws_ok($$ select maintain('30 days', null) $$, 'TO422', null,
    'events are kept for longer than a spool keeps them');
select throws_ok($$ select maintain('1 month', null) $$, 'TO422', null,
    'whatever the time is called');
select throws_ok($$ select maintain(null, '-1 day') $$, 'TO422', null,
    'alerts are not deleted before they are made');
select throws_ok(
    $$ select tocsin_api.maintain(null, null, 9, '23 hours') $$, 'TO422',
    'deliveries must be kept for at least one day',
    'deliveries are kept for a day at least');
select throws_ok($$ select maintain(null, null, 0) $$, 'TO422', null,
    'a step has a size');

-- Coming months.
select results_eq('select action, row_count from maintain(null, null)',
    $$ values ('made', 1::bigint) $$,
    'the partition of the third month to come is made');
select is_empty(
    $$ select m from months_of(0, 3) m
        where to_regclass('tocsin_internal.' || m) is null $$,
    'all that come have theirs');
select is(c.relowner, p.relowner, 'they belong to whom the log belongs')
  from pg_class c, pg_class p, months_of(3, 3) m
 where c.oid = ('tocsin_internal.' || m)::regclass
   and p.oid = 'tocsin_internal.event'::regclass;
select is((maintain(null, null)).action, 'finished',
    'then there is nothing to do');

-- Months gone by: three partitions, and a month that has none.
do $$
declare
    _month  timestamptz;
begin
    for _month in
        select (date_trunc('month', now() at time zone 'UTC')
                   - make_interval(months => m)) at time zone 'UTC'
          from unnest('{1, 4, 5}'::integer[]) m
    loop
        execute format('create table tocsin_internal.%I partition of
            tocsin_internal.event for values from (%L) to (%L)',
            to_char(_month at time zone 'UTC', '"event_"YYYY_MM'),
            tocsin_internal.uuid_floor(_month),
            tocsin_internal.uuid_floor(_month + interval '1 month'));
    end loop;
end;
$$;
create function ago(i_months integer) returns timestamptz language sql
stable as $$
    select (date_trunc('month', now() at time zone 'UTC')
               - make_interval(months => i_months) + interval '10 days')
           at time zone 'UTC'
$$;
create function at(i_type text, i_id text, i_at timestamptz)
returns text language sql volatile as $$
    select (post(i_type, i_id, i_received_at => i_at,
        i_event_id => make_id(i_at))).outcome
$$;
select at('create', 'm5', ago(5)), at('resolve', 'm5', ago(5)),
       at('create', 'm4', ago(4)), at('resolve', 'm4', ago(1)),
       at('create', 'live', ago(5)), at('create', 'taken', ago(5)),
       at('acknowledge', 'taken', ago(5)),
       at('create', 'm7', ago(7)), at('resolve', 'm7', ago(7)),
       at('create', 'now', now()), at('resolve', 'now', now());
alter table tocsin_internal.event disable trigger event_10_guard_update;
update tocsin_internal.event set stored_at = received_at;
alter table tocsin_internal.event enable trigger event_10_guard_update;
-- One whose host thought it was long ago.
select at('create', 'clock', '2001-01-01 00:00+00');
select is(count(*), 3::bigint, 'what has no partition is in the default one')
  from tocsin_internal.event_default;

select is((maintain(null, null)).action, 'finished',
    'without a limit everything is kept');
select is(tocsin_api.log_since(), null, 'so that the log has all');
select results_eq(
    $$ select action, target from steps(three_months(), null) $$,
    $$ select 'dropped', months_of(-5, -4)
        union all values ('deleted', 'event_default') $$,
    'partitions that are wholly older go, the oldest first, then rows');
select is(tocsin_api.log_since(),
    floor(extract(epoch from now() - three_months()) * 1000000)::bigint,
    'and it is noted how far back the log goes');
select tocsin_internal.note_removal(now() - interval '1 year');
select is(tocsin_api.log_since(),
    floor(extract(epoch from now() - three_months()) * 1000000)::bigint,
    'which never becomes longer again');
select bag_eq(
    'select external_id collate "default" from tocsin_internal.event',
    '{m4, now, now, clock}'::text[],
    'younger events stay, and one that only says it is old');
select is(count(*), 7::bigint, 'and every alert')
  from tocsin_internal.alert;

select results_eq(
    $$ select action, target, row_count from steps(null, '60 days', 1) $$,
    $$ values ('deleted', 'alert', 1::bigint), ('deleted', 'alert', 1) $$,
    'alerts resolved long ago go, as many in a step as are allowed');
select bag_eq(
    'select external_id collate "default" from tocsin_internal.alert',
    '{m4, live, taken, now, clock}'::text[],
    'live ones stay however old, and what was resolved not long ago');
select is(at('resolve', 'live', now()), 'resolved',
    'an alert whose events are gone is resolved as any other');

-- A month whose events went to the default partition in numbers.
insert into tocsin_internal.event
    (event_id, received_at, source, integration_id, event_type, external_id,
     outcome, reason, from_status, to_status)
select make_id(now() + interval '4 months'), now(), 'webhook', 'int_plain',
       'resolve', 'many', 'ignored', 'unknown_id', 'none', 'none'
  from generate_series(1, 10001);
select is(tocsin_internal.make_event_partitions(5), 1,
    'a month of which too many events would have to move gets no partition');
select is(to_regclass('tocsin_internal.' || m), null, 'it is that month')
  from months_of(4, 4) m;

-- Neglect: the coming months and this one have no partition, and events of
-- this month have gone to the default one in numbers.
do $$
declare
    _name   text;
begin
    for _name in select m from months_of(0, 3) m loop
        execute format('drop table tocsin_internal.%I', _name);
    end loop;
end;
$$;
set local tocsin.removes_events = 'on';
delete from tocsin_internal.event_default;
reset tocsin.removes_events;
insert into tocsin_internal.event
    (event_id, received_at, source, integration_id, event_type, external_id,
     outcome, reason, from_status, to_status)
select make_id(now()), now(), 'webhook', 'int_plain', 'resolve', 'many',
       'ignored', 'unknown_id', 'none', 'none'
  from generate_series(1, 10001);
create function partition_is_there() returns boolean language sql as $$
    select ok from tocsin_api.self_check() where name = 'partition'
$$;
create function scans() returns bigint language sql volatile as $$
    select pg_stat_get_xact_numscans('tocsin_internal.event_default'::regclass)
$$;
-- The month may be over within the hour after which its partition begins.
select to_char(now() at time zone 'UTC', 'MM') = to_char((now()
    + interval '61 minutes') at time zone 'UTC', 'MM') as goes_on \gset
select is(partition_is_there(), false, 'this month has no partition');
select results_eq('select action, target from maintain(null, null)',
    $$ values ('prepared', 'event_default') $$,
    'the default partition promises to take nothing more of those months');
select is(at('create', 'early', now() + interval '2 hours'), 'created',
    'an event that comes too early for it is taken all the same');
select is_empty($$ select from pg_constraint
     where conname = 'event_default_gives_way' $$,
    'and the promise is withdrawn');
select is(at('resolve', 'early', now() + interval '2 hours'), 'resolved',
    'as is the next one');
select is((maintain(null, null)).action, 'prepared', 'it is made again');
select lives_ok($$ select maintain(null, null), maintain(null, null) $$,
    'what came too early moves to where it belongs');
select is((select count(*) from steps(null, null)) < 9, true,
    'it comes to an end');
set local tocsin.removes_events = 'on';
delete from tocsin_internal.event where external_id = 'early';
reset tocsin.removes_events;
set local client_min_messages = warning;
do $$
declare
    _name   text;
begin
    for _name in select m from months_of(0, 3) m loop
        execute format('drop table if exists tocsin_internal.%I', _name);
    end loop;
end;
$$;
select is((maintain(null, null)).action, 'prepared',
    'without such events it is prepared');
select is((maintain(null, null)).action, 'prepared',
    'then the default partition is read');
create table scans_before as select scans() as n;
select is((maintain(null, null)).action, 'made',
    'and the partitions are made');
select is(scans(), n, 'without reading it once more') from scans_before;
select is((maintain(null, null)).action, 'finished', 'that was all');
select is(partition_is_there(), :'goes_on'::boolean,
    'this month has its partition');
select is(count(*), 10001::bigint, 'what was there before has stayed')
  from tocsin_internal.event_default;
select is(at('create', 'next', date_trunc('month', now(), 'UTC')
    + interval '40 days'), 'created', 'what comes later');
select isnt(tableoid::regclass::text, 'tocsin_internal.event_default',
    'goes to its month')
  from tocsin_internal.event where external_id = 'next';

select * from finish();
rollback;
