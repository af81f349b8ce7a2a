-- SPDX-License-Identifier: ISC
-- What the tables refuse, whoever writes.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

select post('create', 'open');
select post('create', 'done');
select post('resolve', 'done');

-- What an alert is known by.
select throws_ok(format(
    'update tocsin_internal.alert set %s where external_id = %L', change,
    key), 'TO001', null, format('%s of an alert that is %s is kept',
        split_part(change, ' ', 1), key))
  from unnest('{open, done}'::text[]) key,
       unnest(array['alert_id = fixture.make_id()',
           $$integration_id = 'int_token'$$, $$external_id = 'other'$$,
           'created_at = created_at - interval ''1 day''']) change;
select throws_like(
    $$ update tocsin_internal.alert set status = 'open',
           resolved_at = null where external_id = 'done' $$,
    'alert % cannot go from resolved to open',
    'a refusal says what was tried');
select lives_ok(
    $$ update tocsin_internal.alert set title = 'Better'
        where external_id = 'open' $$,
    'a title may be mended by hand');

-- Deletion.
select throws_ok(
    $$ delete from tocsin_internal.alert where external_id = 'open' $$,
    'TO001', null, 'a live alert is not deleted');
select lives_ok(
    $$ delete from tocsin_internal.alert where external_id = 'done' $$,
    'a resolved one may be');
select throws_ok(
    $$ delete from tocsin_internal.integration
        where integration_id = 'int_plain' $$,
    '23503', null, 'an integration that has alerts is not deleted');

select throws_ok(
    $$ update tocsin_internal.integration
          set integration_id = 'int_renamed'
        where integration_id = 'int_plain' $$,
    '23503', null, 'nor is its id changed');
select lives_ok(
    $$ delete from tocsin_internal.integration
        where integration_id = 'int_off' $$, 'one without alerts is');

select throws_ok('truncate tocsin_internal.' || what, 'TO001', null,
    'there is no truncate ' || what)
  from unnest('{alert, event, "integration cascade"}'::text[]) what;
select throws_ok('truncate ' || relid, 'TO001', null,
    format('nor is the partition %s', row_number() over (order by relid)))
  from pg_partition_tree('tocsin_internal.event') where isleaf;

-- What is over, and when it was acknowledged.
select post('create', 'past'), post('acknowledge', 'past'),
       post('resolve', 'past'), post('create', 'taken'),
       post('acknowledge', 'taken');
select throws_ok(format('update tocsin_internal.alert set %s'
    ' where external_id = ''past''', change), 'TO001', null,
    split_part(change, ' ', 1) || ' of a resolved alert is kept')
  from unnest(array['resolved_at = resolved_at + interval ''1 day''',
      'last_event_at = last_event_at + interval ''1 day''',
      'duplicate_count = duplicate_count + 2',
      'resolve_id = alert_id', 'resolve_id = null',
      'acknowledged_at = null']) change;
select throws_ok($$ update tocsin_internal.alert
       set acknowledged_at = created_at + interval '1 h'
     where external_id = 'taken' $$, 'TO001', null,
    'an alert is acknowledged once');
select throws_ok($$ update tocsin_internal.alert set status = 'resolved',
           acknowledged_at = created_at, resolved_at = now()
     where external_id = 'open' $$, 'TO001', null,
    'a resolve does not acknowledge');
select throws_ok(format('update tocsin_internal.alert set %s'
    ' where external_id = ''taken''', change), 'TO001', null,
    'no time is without end: ' || split_part(change, ' ', 1))
  from unnest(array['last_event_at = ''infinity''',
      $$resolved_at = 'infinity', status = 'resolved'$$]) change;
select throws_ok(format($$ insert into tocsin_internal.alert (alert_id,
        integration_id, external_id, status, title, urgency, created_at,
        last_event_at)
    values (make_id(), 'int_plain', 'endless', 'open', 'T', 'low', %s) $$,
    times), '23514', null, 'nor when it begins: ' || times)
  from unnest(array[$$'-infinity', now()$$, $$now(), 'infinity'$$,
      $$'infinity', 'infinity'$$]) times;
-- Whatever another trigger does to a row, the guards see it.
create function meddle() returns trigger language plpgsql as $$
begin
    if tg_argv[0] = 'status' then
        new.status := 'open';
        new.resolved_at := null;
        new.acknowledged_at := null;
    elsif tg_argv[0] = 'identity' then
        new.alert_id := make_id();
    elsif tg_argv[0] = 'integration' then
        new.integration_id := 'int_nobody';
    else
        new.status := 'resolved';
        new.resolved_at := new.created_at;
    end if;
    return new;
end;
$$;
create trigger z_status before update on tocsin_internal.alert
    for each row when (new.title = 'reopen') execute function
    meddle('status');
create trigger z_identity before update on tocsin_internal.alert
    for each row when (new.title = 'other') execute function
    meddle('identity');
create trigger z_integration before insert on tocsin_internal.alert
    for each row when (new.title = 'lost') execute function
    meddle('integration');
create trigger z_begin before insert on tocsin_internal.alert
    for each row when (new.title = 'over') execute function meddle('over');
select throws_ok(format('update tocsin_internal.alert set title = %L'
    ' where external_id = ''past''', title), 'TO001', null,
    format('a trigger cannot %s', what))
  from (values ('reopen', 'reopen an alert'),
      ('other', 'make it another one')) v(title, what);
select throws_ok($$ insert into tocsin_internal.alert (alert_id,
    integration_id, external_id, status, title, urgency, created_at,
    last_event_at) values (make_id(), 'int_plain', 'over', 'open', 'over',
    'low', now(), now()) $$, 'TO001', null, 'nor have it begin as resolved');
select throws_ok($$ select post('create', 'lost', i_title => 'lost') $$,
    '23503', null, 'nor give it to an integration that does not exist');

-- One that is refused among many that are not.
select throws_ok($$ update tocsin_internal.alert
       set status = 'acknowledged', acknowledged_at = created_at,
           resolved_at = null
     where status in ('open', 'resolved') $$, 'TO001', null,
    'a statement is refused for one alert of many');
select throws_ok($$ insert into tocsin_internal.alert (alert_id,
        integration_id, external_id, status, title, urgency, created_at,
        last_event_at)
    select make_id(), id, 'many', 'open', 'T', 'low', now(), now()
      from unnest('{int_plain, int_token, int_nobody}'::text[]) id $$,
    '23503', null, 'and for one integration of many');
select lives_ok($$ insert into tocsin_internal.alert (alert_id,
        integration_id, external_id, status, title, urgency, created_at,
        last_event_at)
    select make_id(), id, 'many', 'open', 'T', 'low', now(), now()
      from unnest('{int_plain, int_token}'::text[]) id $$,
    'two integrations in one statement are not');

-- One live alert per Id.
prepare make(text, text) as
    insert into tocsin_internal.alert
        (alert_id, integration_id, external_id, status, title, urgency,
         created_at, last_event_at)
    values (make_id(), $1, $2, 'open', 'T', 'low', now(), now());
select throws_ok($$ execute make('int_plain', 'open') $$, '23505', null,
    'a second live alert of an Id cannot be made');
select lives_ok($$ execute make('int_token', 'open') $$,
    'but in another integration');
select throws_ok($$ execute make('int_nobody', 'open') $$, '23503', null,
    'an alert belongs to an integration');
select throws_ok($$ execute make('int_plain', '') $$, '23514', null,
    'an Id is not empty');

-- Times and status.
create function broken(i_set text) returns text language sql as $$
    select format('update tocsin_internal.alert set %s'
        ' where external_id = ''open''', i_set)
$$;
select throws_ok(broken(change), '23514', null, fact)
  from (values
      ($$status = 'acknowledged'$$, 'acknowledged has a time'),
      ($$status = 'resolved'$$, 'resolved has a time'),
      ('acknowledged_at = now()', 'open was never acknowledged'),
      ('resolved_at = now()', 'what has a time of resolve is resolved'),
      ($$status = 'acknowledged',
         acknowledged_at = created_at - interval '1 s'$$,
       'nothing is acknowledged before it is created'),
      ($$status = 'resolved', resolved_at = created_at - interval '1 s'$$,
       'nothing is resolved before it is created'),
      ($$last_event_at = created_at - interval '1 s'$$,
       'no event is before the first'),
      ('duplicate_count = -1', 'duplicates are not negative'),
      ($$title = ' '$$, 'a title is not blank'),
      ('title = repeat(''x'', 1025)', 'a title has 1024 characters'),
      ('description = repeat(''x'', 65537)',
       'a description has 65536 bytes'),
      ('meta = ''[]''', 'meta is an object'),
      ('incident = true', 'an incident has a severity'),
      ('incident_severity = ''SEV-1''',
       'what has a severity is an incident')) v(change, fact);

select throws_ok(format($$ insert into tocsin_internal.alert (alert_id,
        integration_id, external_id, title, urgency, created_at,
        last_event_at, status, acknowledged_at, incident, incident_severity)
    values (make_id(), 'int_plain', 'contradicts', 'T', 'low', now(), now(),
        %s) $$, columns), '23514', null, 'nor when it begins: ' || fact)
  from (values
      ($$'acknowledged', null, false, null$$, 'acknowledged has a time'),
      ($$'resolved', null, false, null$$, 'resolved has a time'),
      ($$'none', null, false, null$$, 'none is no status of an alert'),
      ($$'open', now(), false, null$$, 'open was never acknowledged'),
      ($$'open', null, true, null$$, 'an incident has a severity'),
      ($$'open', null, false, 'SEV-1'$$,
       'what has a severity is an incident')) v(columns, fact);

-- What is written once.
select throws_ok(
    $$ update tocsin_internal.event set title = 'x' $$, 'TO001', null,
    'the log is not changed');
select throws_ok(
    'delete from tocsin_internal.event', 'TO001', null,
    'nothing is deleted from the log');
select throws_ok(
    $$ with gone as (delete from tocsin_internal.event returning *)
       insert into tocsin_internal.event select * from gone $$, 'TO001',
    null, 'to be written anew');
select throws_ok(format('delete from %s', i.inhrelid::regclass), 'TO001',
    null, 'not from its partition either')
  from (select tableoid as inhrelid from tocsin_internal.event limit 1) i;
select throws_ok(format('update %s set title = %L', i.inhrelid::regclass,
    'x'), 'TO001', null, 'not in its partition either')
  from (select tableoid as inhrelid from tocsin_internal.event limit 1) i;
select throws_ok(format('%s tocsin_internal.transition %s', verb, rest),
    'TO001', null, format('%s of the lifecycle is refused', verb))
  from (values
      ('update', $$set outcome = 'created'$$), ('delete from', ''),
      ('truncate', ''), ('insert into', $$values
           ('open', 'create', 'open', 'duplicate', null)$$)) v(verb, rest);

-- Integrations.
select throws_ok(format('insert into tocsin_internal.integration'
    ' (integration_id, name) values (%L, %L)', id, name), '23514', null,
    fact)
  from (values
      ('int', 'n', 'an id begins with int_'),
      ('int_', 'n', 'and goes on'),
      ('int_a/b', 'n', 'without a slash'),
      ('int_' || repeat('a', 65), 'n', 'not endlessly'),
      (E'int_a\n', 'n', 'and without a line break'),
      ('int_a', '', 'a name is not blank')) v(id, name, fact);

-- Partitions.
select is(tocsin_internal.make_event_partitions(2), 0,
    'the partitions of install are not made twice');
select is((post('create', 'far', i_event_id => make_id(
    date_trunc('month', now(), 'UTC') + interval '4 months 3 days'))).outcome,
    'created', 'an event of a month without a partition is taken');
select is(tableoid::regclass::text, 'tocsin_internal.event_default',
    'it goes to the default partition')
  from tocsin_internal.event where external_id = 'far';
select post('resolve', 'far');
select is(tocsin_internal.make_event_partitions(4), 2,
    'missing partitions are made');
select is(tableoid::regclass::text, to_char(
    date_trunc('month', now() at time zone 'UTC') + interval '4 months',
    '"tocsin_internal.event_"YYYY_MM'),
    'and the event has moved to where it belongs')
  from tocsin_internal.event
 where external_id = 'far' and event_type = 'create';
select throws_ok(
    $$ update tocsin_internal.event set title = 'x'
        where external_id = 'far' $$, 'TO001', null,
    'a new partition is guarded as well');
select is(count(distinct (c.relname ~ 'default')), 2::bigint,
    'partitions beside the default one are there')
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
 where i.inhparent = 'tocsin_internal.event'::regclass;
select cmp_ok(tocsin_internal.uuid_floor('2026-03-01 00:00+00'), '<=',
    make_id('2026-03-01 00:00+00'), 'a bound is below the ids of its moment');
select cmp_ok(tocsin_internal.uuid_floor('2026-03-01 00:00+00'), '>',
    make_id('2026-02-28 23:59:59.999+00'),
    'and above those of the millisecond before');

select * from finish();
rollback;
