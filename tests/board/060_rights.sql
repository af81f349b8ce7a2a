-- SPDX-License-Identifier: ISC
-- Who may read what the board shows, and when; and what the functions return.
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

-- Who was told.  Where nobody is to be, there is nothing to see.
create function on_board(i_id text) returns text language sql as $$
    select told from tocsin_api.board_alerts(1000000)
     where integration_id = 'int_plain' and external_id = i_id
$$;
create function told(i_id text) returns setof text language sql as $$
    select concat_ws(' ', t ->> 'status', t ->> 'destination',
               t ->> 'notice', t ->> 'waiting_for', t ->> 'route',
               t ->> 'step')
      from tocsin_api.board_alert((newest(i_id)).alert_id) a,
           jsonb_array_elements(a.told) t
$$;
create function relay(i_status integer) returns bigint language sql as $$
    select count(*)
      from tocsin_api.relay_claim('00000000-0000-7000-8000-000000000001', 64)
               j, lateral tocsin_api.relay_done(
               '00000000-0000-7000-8000-000000000001', j.message_id,
               i_status, 'no, duty@example.org', null, 1, 'secret') d
$$;
select is(on_board('two'), null, 'nobody was told of an alert');
select is_empty($$ select told('two') $$, 'nor will be');
select is(broken_destinations, '[]', 'and no destination is broken')
  from tocsin_api.board_counts();

select name from tocsin_api.destination_add('duty', 'mail',
    'duty@example.org', null);
select name from tocsin_api.destination_add('boss', 'webhook',
    'https://example.org/secret', null);
select name from tocsin_api.route_add('all',
    '[{"to": "duty"}, {"to": "boss", "after": "10 min"},
      {"to": "duty", "after": "1 h", "repeat_every": "1 h"}]');
select post('create', 'told', i_received_at => clock_timestamp());
select tocsin_internal.tick_outbox(now(), 200);
select is(on_board('told'), 'waiting', 'one waits to be told of it');
select results_eq($$ select told('told') $$,
    $$ values ('planned duty all 3'), ('planned boss all 2'),
              ('due duty created relay') $$,
    'and others will be, the latest first, if there is a relay');
select is((t ->> 'at')::timestamptz,
       date_trunc('second', now() + interval '10 min'), 'in ten minutes')
  from tocsin_api.board_alert((newest('told')).alert_id) a,
       jsonb_array_elements(a.told) t
 where t ->> 'destination' = 'boss';
select tocsin_api.relay_hello('00000000-0000-7000-8000-000000000001', 'host',
    1, '1.0', tocsin_api.clock_us());
select relay(75);
update tocsin_internal.destination_state set rests_until = '-infinity';
select is(on_board('told'), 'waiting', 'it failed, and waits');
select results_eq($$ select told('told') limit 1 offset 2 $$,
    $$ values ('due duty created retry') $$, 'for the next try');
select doesnt_match(a.told::text, 'example|secret|no,',
    'nothing is said of addresses and answers')
  from tocsin_api.board_alert((newest('told')).alert_id) a;
update tocsin_internal.delivery set due_at = now() where state = 'due';
select relay(0);
select is(on_board('told'), 'told', 'it was told');
select post('acknowledge', 'told', i_received_at => clock_timestamp());
select tocsin_internal.tick_outbox(now(), 200);
select is(on_board('told'), 'waiting', 'something new is to be told');
update tocsin_internal.destination_state
   set rests_until = '-infinity', broken_since = now();
update tocsin_internal.delivery
   set state = 'sending', leased_until = now(), leased_by = gen_random_uuid(),
       message_id = gen_random_uuid()
 where state = 'due';
update tocsin_internal.delivery
   set state = 'dead', reason = 'no', leased_until = null, leased_by = null
 where state = 'sending';
select is(on_board('told'), 'failed', 'what is dead is told to nobody');
select set_eq($$ select told('told') $$,
    $$ values ('sent duty created'), ('dead duty acknowledged') $$,
    'the page says what');
select is(broken_destinations, '["boss", "duty"]', 'who is broken is named')
  from tocsin_api.board_counts();
select is_empty($$ select from tocsin_api.board_alerts(1000000)
                    where told is not null and external_id <> 'told' $$,
    'others have nothing of that');

select * from finish();
rollback;
