-- SPDX-License-Identifier: ISC
-- The demonstration: what it makes, and that removing it leaves nothing.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

select throws_ok(format('select tocsin_api.demo_data(%s, 1)', days),
    'TO422', null, format('no demonstration has %s days', days))
  from unnest('{0, -1, 61}'::integer[]) days;

-- What was here before, of which one looks like it.
update tocsin_internal.integration set name = 'Demo: mine'
 where integration_id = 'int_token';
select post('create', 'mine'),
       post('create', 'mine', 'int_token', i_source => 'operator');
create function rows_of() returns setof jsonb language sql as $$
    select to_jsonb(t) from tocsin_internal.integration t union all
    select to_jsonb(t) from tocsin_internal.alert t union all
    select to_jsonb(t) from tocsin_internal.event t
$$;
create table before as select * from rows_of() as row;

create table made as select * from tocsin_api.demo_data(8, 7);
select results_eq(
    $$ select integration_count, alert_count > 300, event_count > 1000
         from made $$, $$ values (5::bigint, true, true) $$,
    'there are five integrations with hundreds of alerts');
select throws_ok('select tocsin_api.demo_data(8, 7)', 'TO422', null,
    'there is one demonstration at a time');

-- Plausible.
create view demo as
    select a.* from tocsin.alerts a
      join tocsin_internal.integration i using (integration_id)
     where i.is_demo;
create view demo_event as
    select e.* from tocsin.events e
      join tocsin_internal.integration i using (integration_id)
     where i.is_demo;
select set_eq('select distinct status from demo',
    '{open, acknowledged, resolved}'::text[],
    'there are alerts of every status');
select set_eq('select distinct outcome from demo_event',
    '{created, duplicate, acknowledged, resolved, ignored}'::text[],
    'and every outcome');
select set_eq('select distinct urgency from demo',
    '{silent, low, medium, high, critical}'::text[], 'every urgency');
select isnt_empty('select from demo where incident', 'incidents');
select isnt_empty('select from demo where auto_resolved',
    'alerts that resolved themselves');
select is_empty('select from demo where cardinality(tags) = 0', 'tags');
select is(min(created_at) >= now() - interval '8 days'
        and max(last_event_at) <= now(), true,
    'all of it within the days asked for') from demo;
select is(count(distinct date_trunc('day', created_at)) >= 8, true,
    'and on each of them') from demo;
select is_empty(
    $$ select from demo where status <> 'resolved'
         and age_seconds > 86400 $$, 'nothing is live for longer than a day');
select is_empty('select from demo where created_at > acknowledged_at
    or acknowledged_at > resolved_at', 'time runs forwards');
select is_empty(
    $$ select from demo_event
        where duration_ms not between 2 and 100
           or abs(extract(epoch from received_at) * 1000
               - ('x' || substr(replace(id::text, '-', ''), 1, 12))
                   ::bit(48)::bigint) > 1 $$,
    'events are stored when they arrive, and their ids are of that time');
select is_empty(
    $$ select from demo d where event_count <> (select count(*)
         from demo_event e where e.alert_id = d.id) or event_count = 0 $$,
    'each alert has its events');

-- As ingest would have it.
create view as_stored as
    select to_jsonb(a) as row
      from tocsin_internal.alert a
      join tocsin_internal.integration i using (integration_id)
     where i.is_demo
    union all
    select to_jsonb(e) - 'stored_at'
      from tocsin_internal.event e
      join tocsin_internal.integration i using (integration_id)
     where i.is_demo;
create table played as select * from as_stored;
create table demo_integration as
    select * from tocsin_internal.integration where is_demo;
savepoint played;
select from tocsin_api.demo_remove();
insert into tocsin_internal.integration select * from demo_integration;
select from tocsin_api.ingest((
    select array_agg(row(event_id, received_at, source, integration_id, null,
               event_type, external_id, title, description, urgency, tags,
               dedup_keys, meta, incident, incident_severity,
               incident_message, additional_data, flags, request_id,
               remote_addr)::tocsin_api.event_in
               order by received_at, event_id)
      from tocsin_internal.demo_events(8, 7)));
select bag_eq('select * from as_stored', 'select * from played',
    'alerts and log are what ingest would have made of these events');
rollback to played;

-- The same again.
create table once as
    select i.name, a.external_id, a.title, a.status, a.created_at
      from demo a join tocsin_internal.integration i using (integration_id);
select results_eq('select * from tocsin_api.demo_remove()',
    'select * from made', 'as much goes as was made');
select bag_eq('select * from rows_of()', 'select row from before',
    'and nothing else');
select is(event_count, 0::bigint, 'then there is nothing more to remove')
  from tocsin_api.demo_remove();
select from tocsin_api.demo_data(8, 7);
select bag_eq(
    $$ select i.name, a.external_id, a.title, a.status, a.created_at
         from demo a
         join tocsin_internal.integration i using (integration_id) $$,
    'select * from once', 'the same seed makes the same history');
select from tocsin_api.demo_remove();
select from tocsin_api.demo_data(8, 8);
select isnt_empty('select created_at from demo
    except select created_at from once', 'another seed makes another');

select * from finish();
rollback;
