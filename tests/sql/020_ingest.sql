-- SPDX-License-Identifier: ISC
-- What ingest stores and answers.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

-- One event.
create temporary table first on commit drop as
    select * from post('create', 'A', i_event_id => make_id());
select is(outcome, 'created', 'the first create opens an alert') from first;
select is(alert_id, event_id, 'an alert has the id of its create')
  from first;
select is(status, 'open', 'it is open') from first;
select is(reason, null, 'without a reason') from first;
select results_eq(
    $$ select status::text, duplicate_count::integer, created_at,
              last_event_at,
              acknowledged_at, resolved_at
         from newest('A') $$,
    $$ values ('open', 0, timestamptz '2026-01-01 00:00:00+00',
               timestamptz '2026-01-01 00:00:00+00',
               null::timestamptz, null::timestamptz) $$,
    'its times are those of the event, not of the database');

-- Every field of a create.
select is(r.outcome, 'created', 'a create with every field is taken')
  from tocsin_api.ingest(array[row(
       make_id(), '2026-01-02 03:04:05.678901+00', 'webhook', 'int_capture',
       null, 'create', 'full', 'Disk full', '<b>97 %</b>', 'high',
       '{a,"b c","quote \" and comma ,"}', '{k1,k2}',
       '{"n": 1, "x": [1.50, null]}', true, 'SEV-1', 'Join the bridge',
       '[{"format": "text", "label": "env", "value": "prod"}]',
       '{truncated,tags_dropped}', 'req-1',
       '2001:db8::1')::tocsin_api.event_in]) r;
select results_eq(
    $$ select title::text, description::text, urgency::text, tags,
              dedup_keys, meta::jsonb, incident, incident_severity::text,
              incident_message, additional_data, flags, created_at
         from newest('full', 'int_capture') $$,
    $$ values ('Disk full', '<b>97 %</b>', 'high',
           array['a', 'b c', 'quote " and comma ,'], array['k1', 'k2'],
           jsonb '{"n": 1, "x": [1.50, null]}', true, 'SEV-1',
           'Join the bridge',
           jsonb '[{"format": "text", "label": "env", "value": "prod"}]',
           array['truncated', 'tags_dropped'],
           timestamptz '2026-01-02 03:04:05.678901+00') $$,
    'an alert has the fields of its create');
select results_eq(
    $$ select received_at, source::text,
              integration_id collate "default", alert_id = event_id,
              event_type::text, external_id collate "default",
              outcome::text, reason,
              from_status::text, to_status::text, title, description,
              urgency::text, tags, dedup_keys, meta, incident,
              incident_severity::text, incident_message, additional_data,
              flags, request_id, remote_addr
         from tocsin_internal.event where external_id = 'full' $$,
    $$ values (timestamptz '2026-01-02 03:04:05.678901+00', 'webhook',
           'int_capture', true, 'create', 'full', 'created', null::text,
           'none', 'open', 'Disk full', '<b>97 %</b>', 'high',
           array['a', 'b c', 'quote " and comma ,'], array['k1', 'k2'],
           jsonb '{"n": 1, "x": [1.50, null]}', true, 'SEV-1',
           'Join the bridge',
           jsonb '[{"format": "text", "label": "env", "value": "prod"}]',
           array['truncated', 'tags_dropped'], 'req-1', '2001:db8::1') $$,
    'the log has them as received');
select cmp_ok(stored_at, '>', received_at,
    'the log knows when the database had it')
  from tocsin_internal.event where external_id = 'full';

select post('create', 'B', i_additional_data => '[{"label": "env"}]');
select is(additional_data, null,
    'further members are dropped unless the integration captures them')
  from newest('B');
select is(count(*), 0::bigint, 'in the log as well')
  from tocsin_internal.event
 where external_id = 'B' and additional_data is not null;
select is(urgency::text, 'medium',
    'without an urgency an alert has that of its integration')
  from newest('B');
update tocsin_internal.integration
   set default_urgency = 'low'
 where integration_id = 'int_plain';
select post('create', 'C');
select is(urgency::text, 'low', 'whatever that is') from newest('C');
select is(urgency, null, 'while the log says what was sent')
  from tocsin_internal.event where external_id = 'C';

-- A duplicate changes its counter and what tells of the last event only.
create temporary table before on commit drop as
    select to_jsonb(a)
               - '{duplicate_count, last_event_at, last_duplicate_id}'::text[]
               as row
      from newest('full', 'int_capture') a;
select is((post('create', 'full', 'int_capture', 'Another title',
    '2026-01-02 04:00:00+00', i_urgency => 'low', i_tags => '{z}',
    i_meta => '{"other": 1}')).outcome, 'duplicate',
    'a second create is a duplicate');
select results_eq(
    $$ select duplicate_count::integer, last_event_at,
              to_jsonb(a) - '{duplicate_count, last_event_at,
                  last_duplicate_id}'::text[]
         from newest('full', 'int_capture') a $$,
    $$ select 1, timestamptz '2026-01-02 04:00:00+00', row from before $$,
    'it is counted, and nothing else changes');
select is(title, 'Another title', 'the log has the duplicate''s own title')
  from tocsin_internal.event
 where external_id = 'full' and outcome = 'duplicate';

-- A clock that is behind.
select post('create', 'late', i_received_at => '2026-01-01 12:00+00');
select post('acknowledge', 'late', i_received_at => '2026-01-01 11:00+00');
select post('resolve', 'late', i_received_at => '2026-01-01 10:00+00');
select results_eq(
    $$ select acknowledged_at, resolved_at, last_event_at
         from newest('late') $$,
    $$ values (timestamptz '2026-01-01 12:00+00',
               timestamptz '2026-01-01 12:00+00',
               timestamptz '2026-01-01 12:00+00') $$,
    'a host whose clock is behind does not make time run backwards');

-- Ids.
select is((post('create', 'A', 'int_capture')).outcome, 'created',
    'one Id in two integrations is two alerts');
select is((post('create', 'a')).outcome, 'created',
    'Ids differ by case');
select is((post('create', 'A ')).outcome, 'created',
    'and by a blank at the end');
select is((post('create', repeat('x', 1024))).outcome, 'created',
    'an Id may have 1024 bytes');
select throws_ok(
    $$ select post('create', repeat('x', 1025)) $$, '23514', null,
    'and not one more');

-- Known events.
create temporary table again on commit drop as
    select make_id() as id;
create temporary table receipt on commit drop as
    select r.* from again, post('create', 'again', i_event_id => id) r;
select post('acknowledge', 'again');
create temporary table state on commit drop as
    select to_jsonb(a) as row from newest('again') a;
select results_eq(
    $$ select r.* from again, post('create', 'again', i_event_id => id) r $$,
    'select * from receipt',
    'an event that is known gets its first receipt again');
select results_eq(
    $$ select to_jsonb(a) from newest('again') a $$,
    'select row from state', 'and changes nothing');
select is(count(*), 1::bigint, 'it is in the log once')
  from tocsin_internal.event, again where event_id = id;
select post('resolve', 'again');
select results_eq(
    $$ select r.* from again, post('create', 'again', i_event_id => id) r $$,
    'select * from receipt',
    'also after its alert was resolved');
update tocsin_internal.integration set enabled = false
 where integration_id = 'int_plain';
select results_eq(
    $$ select r.* from again, post('create', 'again', i_event_id => id) r $$,
    'select * from receipt',
    'also when its integration would refuse it now');
update tocsin_internal.integration set enabled = true
 where integration_id = 'int_plain';

-- Many at once.
create function posts(i_ids uuid[], i_types text[], i_keys text[],
    i_integration_id text default 'int_plain')
returns setof tocsin_api.receipt language sql volatile as $$
    select tocsin_api.ingest(array_agg(row(
               id, '2026-02-01 00:00+00', 'webhook', i_integration_id, null,
               type, key, 'Title', '', null, '{}', '{}', '{}', false, null,
               null, null, '{}', null, null)::tocsin_api.event_in order by n))
      from unnest(i_ids, i_types, i_keys) with ordinality u(id, type, key, n)
$$;
create temporary table ids on commit drop as
    select array_agg(make_id() order by i) as ids
      from generate_series(1, 8) i;
select set_eq(
    $$ select r.outcome, r.reason, r.alert_id, r.status,
              array_position(ids, r.event_id)
         from ids, posts(ids,
             '{create, create, resolve, create, acknowledge, create, resolve,
               acknowledge}',
             '{M1, M2, M1, M1, M1, M2, M3, M1}') r $$,
    $$ select v.outcome, v.reason, ids[v.alert], v.status, v.place
         from ids, (values
             ('created', null, 1, 'open', 1),
             ('created', null, 2, 'open', 2),
             ('resolved', null, 1, 'resolved', 3),
             ('created', null, 4, 'open', 4),
             ('acknowledged', null, 4, 'acknowledged', 5),
             ('duplicate', null, 2, 'open', 6),
             ('ignored', 'unknown_id', null, null, 7),
             ('ignored', 'already_acknowledged', 4, 'acknowledged', 8))
             as v(outcome, reason, alert, status, place) $$,
    'events of one key in one call are applied in their order');
select set_eq(
    $$ select r.outcome, r.status from ids, posts(ids[1:2],
           '{create, create}', '{M1, M2}') r $$,
    $$ values ('created', 'open') $$,
    'a whole call sent again gets the same receipts');
select bag_eq(
    $$ select r.outcome from (select make_id() as id) i,
           posts(array[id, id, id], '{create, create, create}',
               '{T, T, T}') r $$,
    $$ values ('created'), ('created'), ('created') $$,
    'one event three times in one call has one receipt three times');
select is(duplicate_count::integer, 0, 'and is no duplicate') from newest('T');
select bag_eq(
    $$ select r.outcome from (select make_id() as id) i,
           posts(array[id, id], '{create, create}', '{T, T}', 'int_off') r $$,
    $$ values ('disabled'), ('disabled') $$,
    'a refused event twice in one call is refused twice');
select bag_eq(
    $$ select r.outcome from ids,
           posts(array[ids[1], make_id(), ids[5], make_id()],
               '{create, create, acknowledge, resolve}',
               '{M1, N1, M1, M1}') r $$,
    $$ values ('created'), ('created'), ('acknowledged'), ('resolved') $$,
    'known and new events mix in one call');
select is_empty(
    $$ select tocsin_api.ingest('{}') $$,
    'a call without events has no receipts');
select throws_ok(
    $$ select tocsin_api.ingest(null) $$,
    '22023', null, 'a call of null is refused');
select throws_ok(
    $$ select tocsin_api.ingest('{null}') $$,
    '22023', null, 'and so is an event that is null');
select throws_ok(
    $$ select tocsin_api.ingest('[0:0]={null}') $$,
    '22023', null, 'and an array that begins elsewhere');
select throws_ok(
    $$ select tocsin_api.ingest('{{null}}') $$,
    '22023', null, 'and one of two dimensions');
select throws_ok(
    $$ select post(null, 'X') $$,
    '22023', null, 'and an event without a type');
select throws_ok(
    $$ select posts(array[make_id(), make_id()], '{create, null}',
           '{X, Y}') $$,
    '22023', null, 'beside another, too');
select throws_ok(
    $$ select posts(array[make_id(), make_id()], '{create, explode}',
           '{X, Y}') $$,
    '22P02', null, 'an event type that does not exist is refused');
select is(count(*), 0::bigint, 'and nothing of its call is stored')
  from tocsin_internal.event where external_id in ('X', 'Y');
select throws_ok(
    $$ select post('create', 'X', i_title => E' \t\n\x0b') $$,
    '23514', null, 'a blank title is not stored');
select is((post('create', 'v', i_title => 'v')).outcome, 'created',
    'a title of one letter is, whichever it is');

-- By hand an alert may be deleted after an event for it was judged.
create function delete_gone() returns trigger language plpgsql as $$
begin
    update tocsin_internal.alert set status = 'resolved', resolved_at = now()
     where external_id like 'gone%';
    delete from tocsin_internal.alert where external_id like 'gone%';
    return new;
end;
$$;
select post('create', 'gone1'), post('create', 'gone2');
create trigger delete_gone before insert on tocsin_internal.event
    for each row execute function delete_gone();
select throws_ok(
    format('select post(%L, %L)', type, 'gone1'),
    '40001', null, format('%s: whose alert is gone is not stored', type))
  from unnest('{create, acknowledge, resolve}'::text[]) type;
select throws_ok(
    $$ select posts(array[make_id(), make_id()], '{create, resolve}',
           '{gone1, gone2}') $$,
    '40001', null, 'nor is a call of several');
drop trigger delete_gone on tocsin_internal.event;

-- What is in the log touches nothing at a second try, fit or not.
create table unfit as select make_id() as id;
select post('create', 'unfit');
select post('create', 'unfit', i_event_id => id, i_title => ' ') from unfit;
select post('resolve', 'unfit');
select is(outcome, 'duplicate', 'a known event is not judged again')
  from unfit, post('create', 'unfit', i_event_id => id, i_title => ' ');

-- A standby knows less than there is: it refuses nobody for good.
create function on_standby(i_integration_id text, i_external_ids text[])
returns text language plpgsql as $$
begin
    perform set_config('transaction_read_only', 'on', true);
    perform posts(array(select gen_random_uuid() from unnest(i_external_ids)),
        array_fill('create'::text, array[cardinality(i_external_ids)]),
        i_external_ids, i_integration_id);
    return 'taken';
exception when others then
    return sqlstate;
end;
$$;
select is(on_standby('int_nobody', '{X}'), '25006',
    'where nothing can be written, an unknown integration is not refused');
select is(on_standby('int_nobody', '{X, Y}'), '25006', 'nor are two events');
create function judged_on_standby() returns text language plpgsql as $$
begin
    perform set_config('transaction_read_only', 'on', true);
    return (select j from tocsin_api.judge_senders(array['int_nobody'],
        array[null::bytea]) j);
exception when others then
    return sqlstate;
end;
$$;
select is(judged_on_standby(), '25006', 'nor before an event');

-- Durable, whatever the session says.
set local synchronous_commit = off;
select post('create', 'durable');
select is(current_setting('synchronous_commit'), 'on',
    'the commit waits for the disk');
set local synchronous_commit = remote_apply;
select post('create', 'durable');
select is(current_setting('synchronous_commit'), 'remote_apply',
    'and a stronger promise is kept');

-- Patient, but not for ever.
set local lock_timeout = 0;
select post('create', 'durable');
select is(current_setting('lock_timeout'), '500ms',
    'nobody waits for a lock for ever');
set local lock_timeout = '3s';
select post('create', 'durable');
select is(current_setting('lock_timeout'), '3s',
    'who has a limit keeps it');

-- Times that no view could subtract.
select throws_ok(format('select post(%L, %L, i_received_at => %L)',
    'create', 'endless', at), '22008', null,
    format('an event that was received at %s is refused', at))
  from unnest('{infinity, -infinity}'::text[]) at;
select is((post('create', 'far', i_received_at => at::timestamptz)).outcome,
    'created', format('one of %s is stored', at))
  from unnest('{294276-12-31 00:00+00}'::text[]) at;
select is((post('create', 'ancient',
    i_received_at => '4713-01-02 00:00+00 BC')).outcome, 'created',
    'so is one of 4713 BC');
select lives_ok('select * from ' || v, 'and ' || v || ' can show it')
  from unnest('{tocsin.alerts, tocsin.open_alerts, tocsin.events,
      tocsin.hourly, tocsin.daily, tocsin.integrations, tocsin.prometheus,
      tocsin.annotations, tocsin_api.board_counts(),
      tocsin_api.board_alerts(9), tocsin_api.board_integrations(9)}'::text[]) v;
select post('resolve', 'far', i_received_at => '294276-12-31 00:00+00');
set local statement_timeout = '30s';
select is((post('resolve', 'ancient')).outcome, 'resolved',
    'the alert of 4713 BC comes to an end');
reset statement_timeout;
select lives_ok('select * from ' || v, 'and ' || v || ' when it is resolved')
  from unnest('{tocsin.alerts, tocsin.events, tocsin.hourly, tocsin.daily,
      tocsin.integrations}'::text[]) v;

-- The responder requires one.
select is(post('create', null), null, 'an event without an Id is not stored');

-- A stranger cannot make a call of many rounds.
create function turns(i_integration_ids text[])
returns integer[] language sql volatile as $$
    select tocsin_internal.prepare_batch(array_agg(row(
               make_id(), now(), 'webhook', id, null, 'create', 'x', 'T',
               null, null, null, null, null, null, null, null, null, null,
               null, null)::tocsin_api.event_in order by n))
      from unnest(i_integration_ids) with ordinality u(id, n)
$$;
select is(turns('{int_nobody, int_nobody, int_nobody}'), '{1,1,1}',
    'events of no integration take no turns');
select is(turns('{int_plain, int_nobody, int_plain}'), '{1,1,2}',
    'those of one Id of an integration do');

select * from finish();
rollback;
