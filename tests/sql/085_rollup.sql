-- SPDX-License-Identifier: ISC
-- Stored figures of past days are what the views would compute: after random
-- histories with late events, deletions and clocks that are wrong.  Set the
-- seed (-1 to 1) to repeat a run:
--
--      pg_prove --set seed=0.25 -d DB tests/sql/085_rollup.sql
\set ON_ERROR_STOP on
\if :{?seed}
\else
    select random() as seed \gset
\endif
begin;
\ir ../lib/fixture.sql
select no_plan();
select diag('seed ' || :'seed');
select setseed(:seed);

create function rows_of_views() returns jsonb
language sql stable as $$
    select jsonb_object_agg(v.key, v.row)
      from (select 'hour ' || to_char(bucket_at at time zone 'UTC',
                       'MM-DD HH24 ') || integration_id as key,
                   to_jsonb(h) - 'bucket_at' as row
              from tocsin.hourly h
             union all
            select 'day ' || to_char(bucket_at at time zone 'UTC',
                       'MM-DD ') || integration_id,
                   to_jsonb(d) - 'bucket_at'
              from tocsin.daily d) v
$$;
-- What the views show and what they compute if nothing is stored: the rows
-- that differ.
create function differences() returns setof text
language plpgsql as $$
declare
    _shown      jsonb := coalesce(rows_of_views(), '{}');
    _computed   jsonb;
begin
    begin
        delete from tocsin_internal.rollup;
        delete from tocsin_internal.stale_rollup;
        delete from tocsin_internal.setting where name = 'rolled_up_until';
        _computed := coalesce(rows_of_views(), '{}');
        raise exception using errcode = 'TO000';
    exception when sqlstate 'TO000' then
        null;
    end;
    return query
        select format('%s: %s but %s', coalesce(s.key, c.key), s.value,
                   c.value)
          from jsonb_each(_shown) s
          full join jsonb_each(_computed) c on c.key = s.key
         where s.value is distinct from c.value;
end;
$$;
create function roll_up(i_steps integer default 1000) returns integer
language plpgsql as $$
begin
    update tocsin_internal.stale_rollup
       set marked_at = marked_at - interval '1 hour'
     where isfinite(marked_at);
    for _n in 1..i_steps loop
        if (tocsin_internal.roll_up()).action is null then
            return _n - 1;
        end if;
    end loop;
    return i_steps;
end;
$$;
create function ago(i_time interval) returns timestamptz
language sql stable as $$
    select date_trunc('second', now()) - i_time
$$;

-- ----------------------------------------------------------------------
-- One change after another
-- ----------------------------------------------------------------------
-- An hour of noon, so that the day before has ended when its own has.
create function noon(i_days integer) returns timestamptz
language sql stable as $$
    select date_trunc('day', now(), 'UTC')
        + make_interval(days => -i_days, hours => 12)
$$;
create function say(i_type text, i_id text, i_at timestamptz,
    i_source text default 'webhook', i_ahead interval default '0')
returns text language sql volatile as $$
    select (post(i_type, i_id, i_received_at => i_at, i_source => i_source,
        i_event_id => make_id(i_at + i_ahead))).outcome
$$;
create function stored() returns bigint language sql volatile as $$
    select count(*) from tocsin_internal.rollup
$$;
create function marked() returns setof text language sql volatile as $$
    select unit || ' ' || (date_trunc('day', now(), 'UTC')::date
               - date_trunc('day', bucket_at, 'UTC')::date)
      from tocsin_internal.stale_rollup
$$;

select is(roll_up(), 0, 'without alerts there is nothing to store');
select say('create', 'A', noon(5)),
       say('resolve', 'A', noon(5) + interval '60 s');
select bag_eq('select marked()', '{hour 5, day 5}'::text[],
    'late events mark their hour and day');
select is(stored(), 0::bigint, 'nothing is stored before maintenance');
select is(roll_up(), 1, 'one step stores a day');
select is_empty('select marked()', 'and removes its marks');
select is(stored(), 2::bigint, 'a row for the hour and one for the day');
select is_empty('select differences()', 'it is what would be computed');
select is(roll_up(), 0, 'then there is nothing to do');

create table step (place serial, what text, sql text, marks text[]);
insert into step (what, sql, marks) values
    ('an event of today', $$say('create', 'now', now())$$, '{}'),
    ('an event of yesterday', $$say('create', 'last', noon(1))$$, '{}'),
    ('a late event', $$say('resolve', 'nobody', noon(4))$$,
     '{hour 4, day 4}'),
    ('a create after it', $$say('create', 'A', noon(3))$$,
     '{hour 3, day 3}'),
    ('a repeat of an old alert', $$say('create', 'A', now())$$,
     '{hour 3, day 3}'),
    ('an acknowledge of it', $$say('acknowledge', 'A', now())$$,
     '{hour 3, day 3}'),
    ('and a resolve', $$say('resolve', 'A', now())$$, '{hour 3, day 3}'),
    ('a create that comes before', $$say('create', 'A', noon(6))$$,
     '{hour 6, day 6, hour 5, day 5}'),
    ('and is resolved', $$say('resolve', 'A', now())$$,
     '{hour 6, day 6, hour 5, day 5}'),
    ('a repeat of a resolved alert', $$say('create', 'A',
         noon(3) + interval '1 s', 'spool')$$, '{hour 3, day 3}'),
    ('a title that is mended', $$change('title = ''Better''')$$,
     '{hour 6, day 6, hour 5, day 5, hour 3, day 3}'),
    ('a deletion', $$discard(noon(5))$$, '{hour 5, day 5, hour 3, day 3}'),
    ('an alert whose id is ahead', $$say('create', 'F', noon(2),
         i_ahead => '3 days')$$, '{hour 2, day 2}'),
    ('its resolve', $$say('resolve', 'F', noon(2) + interval '1 s')$$,
     '{hour 2, day 2}'),
    ('one of today with a lower id', $$say('create', 'F', now())$$,
     '{hour 2, day 2}'),
    ('its resolve', $$say('resolve', 'F', now())$$, '{hour 2, day 2}');
create function change(i_set text) returns text
language plpgsql as $$
begin
    execute 'update tocsin_internal.alert set ' || i_set
        || $q$ where external_id = 'A'$q$;
    return 'changed';
end;
$$;
create function discard(i_at timestamptz) returns text
language plpgsql as $$
begin
    delete from tocsin_internal.alert where created_at = i_at;
    return 'deleted';
end;
$$;
create function play() returns table (what text, as_marked text,
    is_same boolean, is_same_after boolean)
language plpgsql as $$
declare
    _step   step;
begin
    for _step in select * from step order by place loop
        what := _step.what;
        execute 'select ' || _step.sql;
        as_marked := (
            select coalesce(string_agg(m.m, ', ' order by m.m), '')
              from marked() m);
        is_same := not exists (select from differences());
        perform roll_up();
        is_same_after := not exists (select from differences());
        return next;
    end loop;
end;
$$;
create table played as select * from play();
select is(p.as_marked, array_to_string(array(select unnest(s.marks)
        order by 1), ', '), s.what || ': what it marks')
  from step s join played p using (what)
 where s.what <> 'its resolve'
 order by s.place;
select is_empty('select * from played where not is_same',
    'the views show every change at once');
select is_empty('select * from played where not is_same_after',
    'and the same when it is stored');
select bag_eq('select marked()', '{hour 2, day 2}'::text[],
    'an alert whose id is ahead of its time is always computed');

-- What maintenance removes.
select isnt_empty($$ select from tocsin_internal.rollup r
     where r.unit = 'day' and r.event_count > 0 $$, 'there are events');
do $$ begin
    execute format('create table tocsin_internal.event_old partition of'
        ' tocsin_internal.event for values from (%L) to (%L)',
        tocsin_internal.uuid_floor(date_trunc('month', now(), 'UTC')
            - interval '5 months'),
        tocsin_internal.uuid_floor(date_trunc('month', now(), 'UTC')
            - interval '4 months'));
    execute format('alter table tocsin_internal.event_old rename to %I',
        to_char((date_trunc('month', now(), 'UTC') - interval '5 months')
            at time zone 'UTC', '"event_"YYYY_MM'));
end $$;
select say('create', 'm', at), say('resolve', 'm', at)
  from (select date_trunc('month', now(), 'UTC') - interval '5 months'
               + n * interval '25 hours' as at
          from generate_series(0, 20) n) t;
select say('create', 'default', ago('200 days')),
       say('resolve', 'default', ago('199 days'));
select cmp_ok(roll_up(), '>', 20, 'months ago are stored when they come');
select is_empty('select differences()', 'and are right');
select is((tocsin_internal.drop_event_partition(ago('100 days'))).action,
    'dropped', 'a partition is dropped');
select is_empty('select differences()', 'its events are not counted');
select is((tocsin_internal.delete_events(now() + interval '1 day', 1)).action,
    'deleted', 'an event of the default partition is deleted');
select is_empty('select differences()', 'and not counted');
select is((tocsin_internal.delete_alerts(ago('50 days'), 10)).action,
    'deleted', 'alerts are deleted');
select is_empty('select differences()', 'and not counted');
select cmp_ok(roll_up(), '>', 20, 'these days are stored again');
select is_empty('select differences()', 'and are right');
create table demo as select d.* from tocsin_api.demo_data(3, 1) d;
create function demo_counts() returns setof bigint[] language sql as $$
    select array[count(distinct integration_id), sum(created_count),
               sum(event_count)]
      from tocsin.hourly where integration_name ~ '^Demo: '
$$;
select results_eq('select demo_counts()',
    'select array[integration_count, alert_count, event_count] from demo',
    'a demonstration is counted');
select cmp_ok(roll_up(), '>=', 1, 'and stored');
select results_eq('select demo_counts()',
    'select array[integration_count, alert_count, event_count] from demo',
    'and counted again');
select is((tocsin_api.demo_remove()).integration_count, 5::bigint,
    'it is removed');
select is_empty('select differences()', 'is seen');
select cmp_ok(roll_up(), '>=', 1, 'its days are stored again');
select is_empty($$ select from tocsin_internal.rollup
     where integration_id !~ '^int_(plain|capture)' $$,
    'and nothing is left of it');

-- ----------------------------------------------------------------------
-- Random histories
-- ----------------------------------------------------------------------
create function one_of(variadic i_choice text[])
returns text language sql volatile as $$
    select i_choice[1 + floor(random() * cardinality(i_choice))::integer]
$$;
-- Sums of eighths of a second are the same in any order.
create function some_time(i_days integer) returns timestamptz
language sql volatile as $$
    select now() - floor(random() * i_days * 86400 * 8) / 8
        * interval '1 second'
$$;
create function send_some(i_n integer) returns void
language sql volatile as $$
    select tocsin_api.ingest(array_agg(row(
               make_id(t.at + case when random() < 0.05
                   then interval '3 days' else interval '0' end),
               t.at, one_of('webhook', 'spool', 'spool'),
               one_of('int_plain', 'int_capture'), null,
               y.type, one_of('A', 'B', 'C', 'D', 'E', 'F'),
               case when y.type = 'create' then 'T' end, null, null, null,
               null, null, null, null, null, null, null, null,
               null)::tocsin_api.event_in))
      from generate_series(1, i_n) i
     cross join lateral (
           select case when random() + i < i + 0.3 then now()
                       else some_time(9) end as at) t
     cross join lateral (
           select one_of('create', 'create', 'acknowledge', 'resolve')
                  || left(i::text, 0) as type) y
$$;
create function wander(i_steps integer)
returns table (step integer, did text, stored bigint, stale bigint,
    difference text)
language plpgsql as $$
begin
    for _n in 1..i_steps loop
        step := _n;
        -- First something to store, however the rest turns out.
        did := case when step > 10
                then one_of('lone', 'lone', 'many', 'many', 'roll up',
                    'roll up', 'delete', 'mend', 'forget')
                when step % 2 = 1 then 'many' else 'roll up' end;
        perform set_config('timezone', one_of('UTC', 'Asia/Kolkata',
            'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
            true);
        case did
        when 'lone' then
            for _i in 1..5 loop
                perform send_some(1);
            end loop;
        when 'many' then
            perform send_some(15);
        when 'roll up' then
            perform roll_up((random() * random() * 20)::integer);
        when 'delete' then
            delete from tocsin_internal.alert
             where alert_id in (
                   select alert_id from tocsin_internal.alert
                    where resolved_at is not null
                    order by random() limit 2);
        when 'mend' then
            update tocsin_internal.alert
               set duplicate_count = duplicate_count + 1
             where alert_id in (
                   select alert_id from tocsin_internal.alert
                    order by random() limit 2);
        when 'forget' then
            perform tocsin_internal.delete_events(now() + interval '1 day',
                2);
        end case;
        select count(*), (select count(*) from tocsin_internal.stale_rollup)
          into wander.stored, wander.stale
          from tocsin_internal.rollup;
        difference := (select string_agg(d, E'\n')
            from (select d from differences() d limit 3) d);
        return next;
    end loop;
end;
$$;
create table wandered as select * from wander(60);
select is_empty(
    'select * from wandered where difference is not null',
    'after every step of a random history the views show what they compute');
select bag_eq($$ select status, count(*) from tocsin.open_alerts group by 1
     union all
    select 'resolved', sum(resolved_count)::bigint from tocsin.daily $$,
    'select status, count(*) from tocsin.alerts group by 1',
    'resolved alerts are as many as daily counts, the others open_alerts');
select cmp_ok(count(*) filter (where stored > 50 and stale > 0), '>',
    5::bigint, 'most of which is stored, and some of it stale')
  from wandered;

select * from finish();
rollback;
