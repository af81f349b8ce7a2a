-- SPDX-License-Identifier: ISC
-- Who may read what the board shows, and when; and what the functions say.
-- Needs the roles of sql/roles.sql, and an installation owned by them.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

create function of_board() returns setof text language sql as $$
    select p.proname::text
      from pg_proc p
     where p.pronamespace = 'tocsin_api'::regnamespace
       and p.proname ~ '^board_'
       and has_function_privilege('tocsin_web', p.oid, 'execute')
$$;
create function of_others() returns setof text language sql as $$
    select p.oid::regprocedure::text
      from pg_proc p
     where p.pronamespace::regnamespace::text ~ '^tocsin'
       and p.proname !~ '^board_'
       and has_function_privilege('tocsin_web', p.oid, 'execute')
$$;
create temporary table others on commit drop as select of_others() as name;

set local role tocsin_owner;
select tocsin_api.board_enable(false);
reset role;
select is_empty('select of_board()', 'off, the responder has none of them');
select throws_ok('select tocsin_api.board_check()', '42501',
    'the board is off', 'and is told so');
set local role tocsin_owner;
select is(tocsin_api.board_enable(null), false,
    'the owner can look without a change');
select is(tocsin_api.board_enable(true), true, 'and switch it on');
select is(tocsin_api.board_enable(null), true, 'so that it is');
reset role;
select set_eq('select of_board()',
    '{board_check, board_counts, board_alerts, board_hours,
      board_integrations, board_heartbeats, board_alert, board_events,
      board_token}'::text[],
    'on, it has those that read, and not those that switch');
select set_eq('select of_others()', 'select name from others',
    'and no other right has come or gone');
select is_empty(
    $$ select p.oid::regprocedure, r.role
         from pg_proc p,
              unnest('{tocsin_reader, public}'::name[]) r(role)
        where p.pronamespace = 'tocsin_api'::regnamespace
          and has_function_privilege(r.role, p.oid, 'execute') $$,
    'dashboards and everybody have none');
select is(
    (select count(*)
       from pg_class c
      where c.relnamespace::regnamespace::text ~ '^tocsin'
        and c.relkind in ('r', 'p', 'v')
        and has_any_column_privilege('tocsin_web', c.oid, 'select')),
    0::bigint, 'the responder still reads no table and no view');
select isnt(value, '', 'there is a secret for the forms')
  from tocsin_internal.setting where name = 'board_secret';
select cmp_ok(length(value), '>=', 64, 'of some length')
  from tocsin_internal.setting where name = 'board_secret';
create temporary table secret on commit drop as
select value from tocsin_internal.setting where name = 'board_secret';
set local role tocsin_owner;
select tocsin_api.board_enable(false);
select tocsin_api.board_enable(true);
reset role;
select is(s.value, o.value, 'which stays the same')
  from tocsin_internal.setting s, secret o where s.name = 'board_secret';

-- What it reads, as the responder.
create temporary table before on commit drop as
select (select count(*) from tocsin_internal.alert
         where status = 'open') as open_count,
       (select count(*) from tocsin_internal.alert
         where status = 'acknowledged') as acknowledged_count,
       (select sum(created_count) from tocsin_api.board_hours())
           as created_count;
grant select on before to tocsin_web;
select post(v.event_type, v.id, i_received_at => clock_timestamp())
  from (values ('create', 'one'), ('acknowledge', 'one'), ('create', 'two'),
               ('create', 'three'), ('resolve', 'three')) v(event_type, id);
update tocsin_internal.setting set value = 'known'
 where name = 'board_secret';
create temporary table one on commit drop as
select alert_id from tocsin_internal.alert
 where external_id = 'one' and integration_id = 'int_plain';
grant select on one to tocsin_web;
set local role tocsin_web;
select ok(tocsin_api.board_check(), 'the board may be shown');
select results_eq(
    'select c.open_count - b.open_count,
            c.acknowledged_count - b.acknowledged_count,
            c.live_count = c.open_count + c.acknowledged_count
       from tocsin_api.board_counts() c, before b',
    'values (1::bigint, 1::bigint, true)', 'it counts what is live');
select results_eq(
    $$ select external_id, status from tocsin_api.board_alerts(1000000)
        where integration_id = 'int_plain' $$,
    $$ values ('two', 'open'), ('one', 'acknowledged') $$,
    'what nobody has acknowledged comes first');
select is((select count(*) from tocsin_api.board_alerts(1)), 1::bigint,
    'no more than is wanted');
select results_eq(
    'select count(*), count(distinct hour_at),
            sum(h.created_count) - min(b.created_count)
       from tocsin_api.board_hours() h, before b',
    'values (24::bigint, 24::bigint, 3::numeric)', 'there are 24 hours');
select results_eq(
    $$ select status, actions
         from one, tocsin_api.board_alert(one.alert_id) $$,
    $$ values ('acknowledged', '["resolve"]'::jsonb) $$,
    'an alert says what would move it');
select is_empty(
    'select from tocsin_api.board_alert(gen_random_uuid())',
    'there is no row of an alert that is not there');
select results_eq(
    $$ select event_type, outcome
         from one, tocsin_api.board_events(one.alert_id, 10) $$,
    $$ values ('acknowledge', 'acknowledged'), ('create', 'created') $$,
    'events come newest first');
select is((select count(*) from one, tocsin_api.board_token(one.alert_id)),
    2::bigint, 'two tokens are good at a time');
select isnt(a.t, b.t, 'another alert has others')
  from (select tocsin_api.board_token(alert_id) as t from one limit 1) a,
       (select tocsin_api.board_token(gen_random_uuid()) as t limit 1) b;
reset role;

select * from finish();
rollback;
