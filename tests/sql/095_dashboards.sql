-- SPDX-License-Identifier: ISC
-- The usual questions of dashboards are answered from the rows that they
-- are about, however long the history.  The plan is the verdict; the time is
-- only printed.  With more history:
--
--      pg_prove --set alerts=1000000 -d DB tests/sql/095_dashboards.sql
\set ON_ERROR_STOP on
\if :{?alerts}
\else
    \set alerts 100000
\endif
begin;
\ir ../lib/fixture.sql
select no_plan();
set local jit = off;
-- Tests that were rolled back have left pages behind, which cost something.
-- The guards look away.
set local session_replication_role = replica;
truncate tocsin_internal.alert, tocsin_internal.event;
reset session_replication_role;

-- A year of alerts, evenly, of fifty integrations and of one that has spoken
-- twice, ten months ago.  Of those of the last week half are live; three
-- events each.
insert into tocsin_internal.integration (integration_id, name)
select 'int_many' || i, 'many ' || i from generate_series(0, 49) i
 union all values ('int_few', 'few');
do $$
declare
    _month  timestamptz;
    _name   text;
begin
    for _month in
        select m at time zone 'UTC'
          from generate_series(
                   date_trunc('month', now() at time zone 'UTC')
                       - interval '12 months',
                   date_trunc('month', now() at time zone 'UTC')
                       - interval '1 month', interval '1 month') m
    loop
        _name := 'event_' || to_char(_month at time zone 'UTC', 'YYYY_MM');
        execute format('create table tocsin_internal.%I partition of
            tocsin_internal.event for values from (%L) to (%L)', _name,
            tocsin_internal.uuid_floor(_month),
            tocsin_internal.uuid_floor(_month + interval '1 month'));
    end loop;
end;
$$;
create table history as
select n,
       now() - interval '365 days' * (1 - n::float8 / :alerts)
           - interval '1 minute' as at,
       case when n in (:alerts / 6, :alerts / 6 + 1) then 'int_few'
            else 'int_many' || n % 50 end as integration_id,
       (case when n < :alerts * 0.98 or n % 2 = 0 then 'resolved'
            when n % 4 = 1 then 'acknowledged' else 'open' end)
           ::tocsin_internal.status as status
  from generate_series(1, :alerts) n;
set local session_replication_role = replica;
insert into tocsin_internal.alert
    (alert_id, integration_id, external_id, status, title, description,
     urgency, tags, created_at, acknowledged_at, resolved_at, last_event_at)
select make_id(at), integration_id, 'key ' || n, status, 'Title',
       repeat('text ', 50), 'low', '{a,b}', at,
       case when status <> 'open' then at + interval '1 minute' end,
       case when status = 'resolved' then at + interval '9 minutes' end, at
  from history order by n;
insert into tocsin_internal.event
    (event_id, received_at, source, integration_id, alert_id, event_type,
     external_id, outcome, from_status, to_status, title, description)
select make_id(a.created_at + s.after), a.created_at + s.after, 'webhook',
       a.integration_id, a.alert_id, s.type, a.external_id, s.outcome,
       s.before, s.now, a.title, a.description
  from tocsin_internal.alert a
 cross join (values
       ('create'::tocsin_internal.event_type, interval '0',
        'created'::tocsin_internal.outcome,
        'none'::tocsin_internal.status, 'open'::tocsin_internal.status),
       ('acknowledge', '1 minute', 'acknowledged', 'open', 'acknowledged'),
       ('resolve', '9 minutes', 'resolved', 'acknowledged', 'resolved'))
       s(type, after, outcome, before, now)
 order by a.created_at + s.after;
set local session_replication_role = origin;
analyze tocsin_internal.alert, tocsin_internal.event,
    tocsin_internal.integration;

-- What a plan reads from end to end, of tables with rows to speak of.
create function read_whole(i_query text) returns setof text
language plpgsql as $$
declare
    _line   text;
begin
    for _line in execute 'explain ' || i_query loop
        return query
            select m[1]
              from regexp_match(_line, 'Seq Scan on (\w+)') m
              join pg_class c on c.relname = m[1]
             where c.relnamespace = 'tocsin_internal'::regnamespace
               and c.reltuples > 1000;
    end loop;
end;
$$;
create function took(i_query text) returns text language plpgsql as $$
declare
    _began  timestamptz := clock_timestamp();
begin
    execute format('create temporary table taken on commit drop as %s',
        i_query);
    drop table taken;
    return format('%s ms: %s', (extract(epoch from clock_timestamp()
        - _began) * 1000)::integer, regexp_replace(i_query, '\s+', ' ', 'g'));
end;
$$;

create table question (place serial, query text, fact text);
insert into question (query, fact) values
    ('select * from tocsin.open_alerts limit 100', 'open alerts'),
    ('select id, title from tocsin.open_alerts
       where integration_id = ''int_many7''', 'those of an integration'),
    ('select * from tocsin.alerts
       where created_at > now() - interval ''24 hours''',
     'the alerts of a day'),
    ('select * from tocsin.alerts
       where created_at > now() - interval ''24 hours''
         and integration_id = ''int_many7''', 'those of an integration'),
    ('select * from tocsin.alerts order by created_at desc limit 50',
     'the last alerts'),
    ('select * from tocsin.alerts where integration_id = ''int_many7''
       order by created_at desc limit 50', 'the last of an integration'),
    ('select * from tocsin.alerts where integration_id = ''int_few''
       order by created_at desc limit 50', 'and of one that has few'),
    ('select * from tocsin.alerts
       where id = ''01900000-0000-7000-8000-000000000000''', 'one alert'),
    ('select * from tocsin.events
       where received_at > now() - interval ''24 hours''',
     'the events of a day'),
    ('select * from tocsin.events order by received_at desc limit 50',
     'the last events'),
    ('select * from tocsin.events where integration_id = ''int_few''
       order by received_at desc limit 50', 'the last of an integration'),
    ('select * from tocsin.events
       where alert_id = ''01900000-0000-7000-8000-000000000000''',
     'the events of one alert'),
    ('select * from tocsin.transitions
       where at > now() - interval ''24 hours''', 'the steps of a day'),
    ('select * from tocsin.transitions
       where alert_id = ''01900000-0000-7000-8000-000000000000''',
     'the steps of one alert'),
    ('select * from tocsin.integrations', 'integrations'),
    ('select * from tocsin.integrations where id = ''int_few''',
     'one integration'),
    ('select * from tocsin.prometheus', 'samples for exporters'),
    ('select * from tocsin.hourly
       where bucket_at >= now() - interval ''24 hours''',
     'the hours of a day'),
    ('select * from tocsin.daily
       where bucket_at >= now() - interval ''7 days''',
     'the days of a week'),
    ('select * from tocsin.tags
       where created_at > now() - interval ''24 hours''',
     'the tags of a day'),
    ('select * from tocsin.annotations
       where time > now() - interval ''24 hours''',
     'the annotations of a day'),
    ('select * from tocsin_internal.live', 'live alerts are counted, and'),
    ('select * from tocsin_internal.reach', 'the ends of history');
select is_empty(format('select read_whole(%L)', query),
    fact || ' are found by index')
  from question order by place;
select diag(took(query)) from question order by place;
select diag(took(query))
  from unnest('{tocsin_api.live_counts(),
      tocsin_api.integration_list()}'::text[]) f,
       format('select * from %s', f) query;

-- The last event of a silent integration is not looked for among those that
-- others have sent since.
create function lines_of(i_query text) returns setof text
language plpgsql as $$
begin
    return query execute 'explain ' || i_query;
end;
$$;
select isnt_empty(
    $$ select line
         from lines_of('select last_event_at from tocsin.integrations') line
        where line ~ 'using event_\d+_\d+_integration_id_received_at_idx' $$,
    'the last event of an integration is found among its own');
select is_empty(
    $$ select line
         from lines_of('select last_event_at from tocsin.integrations') line
        where line ~ 'using event_\d+_\d+_received_at' $$,
    'and nowhere else');

-- The next step of an alert is not looked for among those of others that are
-- due before, also where steps have come since statistics were gathered.
select is_empty(format($$ select line
         from lines_of('select next_step_at from tocsin.%s') line
        where line ~ 'escalation_due_at_idx' $$, v),
    format('the next step of %s is found among its own', v))
  from unnest('{alerts, open_alerts}'::text[]) v;

select is_empty(format($$ select line
         from lines_of('select count(*) from tocsin.%s') line
        where line ~ 'on integration' $$, v),
    format('counting %s reads no integration', v))
  from unnest('{alerts, open_alerts, annotations, tags}'::text[]) v;

-- An hour is made of what happened in it.  Rows are counted where they are
-- read, in tables and indexes.
create function rows_read() returns bigint language sql volatile as $$
    select sum(pg_stat_get_xact_tuples_returned(c.oid))::bigint
      from pg_class c
     where c.relnamespace = 'tocsin_internal'::regnamespace
       and c.relkind in ('r', 'i')
       and c.relname ~ '^(alert|event)'
$$;
create table before_hour as select rows_read() as n;
select isnt_empty(
    $$ select from tocsin.hourly
        where bucket_at >= now() - interval '24 hours' $$,
    'a day has hours');
select cmp_ok(rows_read() - n, '<', :alerts::bigint / 20,
    'and reads a small part of a year for them') from before_hour;

select * from finish();
rollback;
