-- SPDX-License-Identifier: ISC
-- The operator's functions for destinations, routes and deliveries, and the
-- alerts that tocsin raises itself.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

create function why(i_statement text) returns text language plpgsql as $$
begin
    execute i_statement;
    return 'done';
exception when others then
    return sqlstate || ' ' || sqlerrm;
end;
$$;
create function add(i_name text, i_kind text default 'webhook',
    i_format text default null, i_options jsonb default '{}')
returns tocsin_api.destination_info language sql as $$
    select tocsin_api.destination_add(i_name, i_kind,
               case i_kind when 'webhook' then 'https://example.org/secret'
                    when 'mail' then i_name || '@example.org'
                    else 'page' end, i_format, i_options)
$$;

-- ----------------------------------------------------------------------
-- Destinations
-- ----------------------------------------------------------------------

select is((name, kind, format, audience, address, enabled, gap_seconds,
        per_hour, give_up_after_seconds)::text,
    '(hook,webhook,standard,machines,https://example.org,t,0,,259200)',
    'a destination for machines; its address is shown in part')
  from add('hook');
select matches(secret, '^whsec_[A-Za-z0-9+/]{43}=$', 'its secret is shown once')
  from add('signed');
select is(secret, null, 'and not again')
  from tocsin_api.destination_show('signed');
select is((audience, gap_seconds, gap_max_seconds, per_hour, in_flight_max,
        is_signed, give_up_after_seconds)::text, expected, format('%s %s',
        t.kind, t.format))
  from (values ('mail', null, '(people,60,900,20,4,f,86400)'),
       ('webhook', 'slack', '(people,5,900,,4,f,86400)'),
       ('webhook', 'ntfy', '(people,10,900,,4,f,86400)'),
       ('webhook', 'pagerduty', '(machines,0,0,,4,t,259200)'),
       ('command', null, '(machines,0,0,,1,f,259200)'))
       t(kind, format, expected)
 cross join lateral add(coalesce(t.format, t.kind) || '-1', t.kind,
       t.format);
select is(why(statement), expected, statement)
  from (values
       ('select add(''hook'')',
        'TO422 there is a destination hook already'),
       ('select add(''a b'')',
        'TO422 a name must be 1 to 64 letters, digits, dots, hyphens and'
            ' underscores, and begin with a letter or digit'),
       ('select add(''x'', i_options => ''{"address": "http://u:p@h/"}'')',
        'TO422 the address of a webhook must be like https://example.org/path,'
            ' without spaces and without a user in it'),
       ('select add(''x'', ''mail'', i_options => ''{"address": "x"}'')',
        'TO422 the address of a mail must be like duty@example.org, or'
            ' several, separated by commas'),
       ('select add(''x'', ''command'', i_options => ''{"address": "a/b"}'')',
        'TO422 a command is the name of a file: up to 32 lower-case letters,'
            ' digits and hyphens'),
       ('select add(''x'', ''mail'', i_options => ''{"gap": "1 h"}'')',
        'TO422 the gap must not be longer than its most, which is a day or'
            ' less: set gap_max, too'),
       ('select add(''x'', i_options => ''{"hours_days": [1]}'')',
        'TO422 hours need a begin, another end and a zone, and days need'
            ' hours'),
       ('select add(''x'', i_options => ''{"address":
           "https://example.org/{{title}}"}'')',
        'TO422 addresses and headers take {{secret.NAME}}, and nothing of an'
            ' alert'),
       ('select add(''x'', i_options => ''{"headers":
           {"x": "{{secret.a b}}"}}'')',
        'TO422 addresses and headers take {{secret.NAME}}, and nothing of an'
            ' alert'),
       ('select add(''x'', i_options => ''{"pin": "a"}'')',
        'TO422 a pin must be sha256// and 44 characters of base64, or'
            ' several, separated by semicolons'),
       ('select add(''x'', ''pigeon'')',
        'TO422 there is no kind of destination ''pigeon'''),
       ('select add(''x'', ''webhook'', ''none'')',
        'TO422 there is no format none'),
       ('select add(''x'', ''mail'', ''slack'')',
        'TO422 only a webhook has a format'),
       ('select add(''x'', i_options => ''{"gapp": "1 s"}'')',
        'TO422 there is no option gapp'),
       ('select add(''x'', i_options => ''{"secret": "00"}'')',
        'TO422 there is no option secret'),
       ('select add(''x'', i_options => ''{"gap": "soon"}'')',
        'TO422 invalid input syntax for type interval: "soon"'),
       ('select add(''x'', i_options => ''{"timeout": "2 min"}'')',
        'TO422 not possible: timeout is 1 to 60 seconds'),
       ('select add(''x'', i_options => ''{"hours_zone": "Mars",
           "hours_from": "08:00", "hours_to": "09:00"}'')',
        'TO422 time zone "Mars" not recognized'),
       ('select add(''x'', i_options => ''{"fallback": "none"}'')',
        'TO404 there is no destination ''none'''),
       ('select tocsin_api.destination_show(null)',
        'TO404 there is no destination null'),
       ('select tocsin_api.destination_enable(''hook'', null)',
        'TO422 whether to enable the destination must not be null'),
       ('select tocsin_api.destination_rotate_secret(''mail-1'', ''1 day'')',
        'TO422 messages to mail-1 are not signed'),
       ('select tocsin_api.destination_set(''hook'',
           ''{"fallback": "hook"}'')',
        'TO422 not possible: fallback is another')) t(statement, expected);
select is((hours, hours_urgency, fallback, fallback_after_seconds)::text,
    '("08:00-18:00 1,2 Europe/Berlin",high,hook,60)', 'options are set')
  from tocsin_api.destination_set('mail-1', '{"hours_from": "08:00",
    "hours_to": "18:00", "hours_days": [1, 2], "hours_zone": "Europe/Berlin",
    "hours_urgency": "high", "fallback": "hook", "fallback_after": "1 min"}');
select is((hours, fallback)::text, '(,)', 'and taken away')
  from tocsin_api.destination_set('mail-1', '{"hours_from": null,
    "hours_to": null, "hours_days": null, "hours_zone": null,
    "fallback": null}');
select is(secret_names, expected, 'the secrets it needs are listed')
  from (values ('hook', null::text[]), ('needy', '{a.b-1,key}'),
       ('phone', '{key,pushover_token,pushover_user}')) t(name, expected)
 cross join lateral (
       select case t.name when 'hook' then 'hook' else (
                  tocsin_api.destination_add(t.name, 'webhook',
                  'https://example.org/{{secret.key}}', case t.name
                  when 'phone' then 'pushover' end,
                  '{"headers": {"x": "{{secret.a.b-1}} {{secret.key}}"}}'
                  ::jsonb - case t.name when 'phone' then 'headers'
                  else '' end)).name end as name) d
 cross join lateral tocsin_api.destination_show(d.name);
select tocsin_api.destination_remove('needy'),
    tocsin_api.destination_remove('phone');
select secret as first from tocsin_internal.destination where name = 'signed'
\gset
select secret as shown
  from tocsin_api.destination_rotate_secret('signed', '1 hour') \gset
select is((previous_secret, previous_secret_expires_at,
        'whsec_' || encode(secret, 'base64'))::text,
    (:'first'::bytea, now() + interval '1 hour', :'shown'::text)::text,
    'a new secret leaves the old one for a while')
  from tocsin_internal.destination where name = 'signed';
select is(count(*), 7::bigint, 'the list has all')
  from tocsin_api.destination_list();
select is(count(*), 7::bigint, 'and so has the view')
  from tocsin.destinations;
select isnt(token_hash, null, 'nobody can send to tocsin''s own integration')
  from tocsin_internal.integration where name = 'tocsin';

-- ----------------------------------------------------------------------
-- Routes
-- ----------------------------------------------------------------------

select is(tocsin_api.route_add('all', '[{"to": "hook"}]') is null, false,
    'a route');
select is(jsonb_path_query_array(steps, '$[*].after_seconds'), '[0, 86400]',
    'another, with two steps')
  from tocsin_api.route_add('db', '[{"to": "hook"}, {"to": "mail-1",
    "after": "1 day", "repeat_every": "15 min", "repeat_max": 4,
    "until": "resolved"}]', '{"tags": ["db"], "urgency_min": "high"}', true);
select tocsin_api.route_add('last', '[]');
create function places() returns text language sql as $$
    select string_agg(name, ' ' order by position)
      from tocsin_api.route_list()
$$;
select is(places(), 'db all last', 'in their order');
select tocsin_api.route_move('last', 1);
select is(places(), 'last db all', 'to the first place');
select tocsin_api.route_move('last', 2);
select is(places(), 'db last all', 'to the second');
select tocsin_api.route_move('db', 99);
select is(places(), 'last all db', 'to the last');
select tocsin_api.route_move('db', 1), tocsin_api.route_move('last', 3);
select is(why(statement), expected, statement)
  from (values
       ('select tocsin_api.route_add(''all'', ''[]'')',
        'TO422 there is a route all already'),
       ('select tocsin_api.route_add(''x'', ''[{"to": "none"}]'')',
        'TO404 there is no destination ''none'''),
       ('select tocsin_api.route_add(''x'', ''[{"to": "hook", "if": 1}]'')',
        'TO422 there is no option if'),
       ('select tocsin_api.route_add(''x'', ''{}'')',
        'TO422 steps must be an array'),
       ('select tocsin_api.route_add(''x'', ''[]'',
           ''{"urgency_min": "silent"}'')',
        'TO422 not possible: silent is told to nobody'),
       ('select tocsin_api.route_add(''x'', ''[]'',
           ''{"integration_id": "int_none"}'')',
        'TO404 there is no integration ''int_none'''),
       ('select tocsin_api.route_add(''x'', ''[{"to": "hook",
           "repeat_every": "1 s"}]'')',
        'TO422 not possible: repeat every is a minute to 30 days'),
       ('select tocsin_api.route_move(''all'', 0)',
        'TO422 the place of a route must be 1 or more'),
       ('select tocsin_api.route_remove(''none'')',
        'TO404 there is no route ''none''')) t(statement, expected);
select results_eq(
    $$ select route, is_taken, why, step_no, destination, after_seconds
         from tocsin_api.route_explain(null,
              '{"tags": ["db"], "urgency": "high"}') $$,
    $$ values ('db', true, 'matches', 1, 'hook', 0),
              ('db', true, 'matches', 2, 'mail-1', 86400),
              ('all', false, 'an earlier route ended the search', null, null,
               null),
              ('last', false, 'an earlier route ended the search', null, null,
               null) $$,
    'what becomes of an alert is explained');
select is(why, expected, format('%s: %s', a, expected))
  from (values ('{"urgency": "low", "tags": ["db"]}',
        'the urgency is lower'), ('{"urgency": "high"}', 'a tag is missing'),
       ('{"urgency": "silent"}', 'silent alerts are told to nobody'))
       t(a, expected)
 cross join lateral tocsin_api.route_explain(null, a::jsonb) e
 where e.route = 'db';
select is(why('select tocsin_api.route_explain(gen_random_uuid())') ~ '^TO404',
    true, 'an alert must exist');

-- ----------------------------------------------------------------------
-- From event to view, by the clock
-- ----------------------------------------------------------------------

select gen_random_uuid() as relay \gset
select is((post('create', 'A', i_received_at => now(),
    i_tags => '{db}', i_urgency => 'high')).outcome, 'created', 'an alert');
select is((tocsin_api.tick()).busy, false, 'tick plans it');
-- The clock has gone on since now().
update tocsin_internal.delivery set due_at = now();
update tocsin_internal.destination_state set due_from = default;
select is((destination, external_id, notice, status, waiting_for)::text,
    '(hook,A,created,due,relay)', 'it waits for a relay')
  from tocsin.deliveries;
select is((told_count, next_step_at > now())::text, '(1,t)',
    'the views of alerts know that, and when its next step is')
  from tocsin.open_alerts where external_id = 'A';
select is((o.told_count, o.next_step_at), (a.told_count, a.next_step_at),
    'both')
  from tocsin.open_alerts o join tocsin.alerts a using (id)
 where o.external_id = 'A';
select is(due_at > now(), true, 'the chain goes on tomorrow')
  from tocsin_api.route_explain((newest('A')).alert_id) where step_no = 2;
select tocsin_api.relay_hello(:'relay', 'host', 1, '1.0',
    tocsin_api.clock_us());
select is(waiting_for, null, 'and for nothing when there is one')
  from tocsin.deliveries;
select tocsin_api.destination_enable('hook', false);
select is(waiting_for, 'disabled', 'or for its operator')
  from tocsin.deliveries;
select tocsin_api.destination_enable('hook', true);
create table sent as select * from tocsin_api.relay_claim(:'relay', 9);
select is(address, 'https://example.org/secret', 'the relay is told where')
  from sent;
select tocsin_api.relay_done(:'relay', message_id, 503, 'busy', 60, 5, 'later')
  from sent;
select is((status, waiting_for, reason, last_status, excerpt)::text,
    '(due,slow,busy,503,later)', 'its answer is in the view')
  from tocsin.deliveries;
select is((d.held_by, v.waiting_for)::text, '(slow,slow)',
    'as in that of destinations')
  from tocsin_api.destination_show('hook') d, tocsin.destinations v
 where v.name = 'hook';
select is((tocsin_api.delivery_show(id)).reason, 'busy', 'delivery_show')
  from tocsin.deliveries;
select is((select count(*) from tocsin_api.delivery_list(filter::jsonb)), n,
    format('delivery_list %s', filter))
  from (values ('{}', 1::bigint), ('{"status": "due"}', 1),
       ('{"status": "sent"}', 0), ('{"destination": "hook"}', 1),
       ('{"destination": "mail-1"}', 0), ('{"waiting": true}', 1),
       ('{"since": "2020-01-01", "until": "2021-01-01"}', 0)) t(filter, n);
select is(why('select tocsin_api.delivery_list(''{"status": "lost"}'')')
    ~ '^TO422', true, 'delivery_list knows its states');

-- By hand.
select is(tocsin_api.delivery_cancel(array(select id from tocsin.deliveries)),
    1, 'a delivery is cancelled');
select is((status, reason)::text, '(cancelled,"cancelled by the operator")',
    'with the reason') from tocsin.deliveries;
select is(told_count, 0::bigint, 'then nobody is told')
  from tocsin.open_alerts where external_id = 'A';
select is(tocsin_api.delivery_cancel(array(select id from tocsin.deliveries)),
    0, 'and once');
select is(tocsin_api.delivery_retry(null), 0, 'nothing is dead');
select is(tocsin_api.delivery_retry(array(select id from tocsin.deliveries)),
    1, 'what was cancelled is due again');
select notice_id as before from tocsin.deliveries \gset
select tocsin_api.destination_enable('hook', true);
create function send(i_status integer) returns bigint language sql as $$
    select count(*)
      from tocsin_api.relay_claim(current_setting('test.relay')::uuid, 9) j,
           tocsin_api.relay_done(current_setting('test.relay')::uuid,
               j.message_id, i_status, null, null, 1, null) d
$$;
select set_config('test.relay', :'relay', true);
select is(send(200), 1::bigint, 'it is sent');
select is(tocsin_api.delivery_replay('hook', now() - interval '1 hour',
    now() + interval '1 hour'), 1, 'and told again');
select is((status, notice_id)::text, format('(due,%s)', :'before'),
    'under the same id') from tocsin.deliveries;
select is(send(200), 1::bigint, 'again');
create function replayed() returns integer language sql as $$
    select tocsin_api.delivery_replay('hook', now() - interval '1 hour',
               now() + interval '1 hour')
$$;
savepoint replaying;
select post('resolve', 'late', i_received_at => now(),
    i_event_id => make_id(now()));
select is((post('create', 'late', i_received_at => now() - interval '1 min',
    i_event_id => make_id(now() - interval '1 min'), i_source => 'spool'))
    .status, 'resolved', 'an alert that was over when it was created');
select is(replayed(), 1, 'is told to nobody');
rollback to replaying;
update tocsin_internal.integration set is_demo = true
 where integration_id = 'int_plain';
select is(replayed(), 0, 'nor is the demonstration');
rollback to replaying;
select is(tocsin_api.delivery_replay('signed', now() - interval '1 hour',
    now() + interval '1 hour'), 0, 'not where no route leads');
select tocsin_api.destination_test('signed') as test \gset
select is(send(200), 1::bigint, 'a test goes the whole way');
select is(status, 'sent', 'and arrives')
  from tocsin_api.delivery_show(:test);
select results_eq(
    $$ select metric, label, value from tocsin_api.outgoing_counts()
        where metric in ('tocsin_deliveries', 'tocsin_outbox_oldest_seconds')
           or label = 'hook' $$,
    $$ values ('tocsin_deliveries', 'dead', 0::double precision),
              ('tocsin_deliveries', 'due', 0), ('tocsin_deliveries',
               'sending', 0), ('tocsin_destination_broken', 'hook', 0),
              ('tocsin_outbox_oldest_seconds', '', 0) $$,
    'there are metrics');

-- The view holds what the functions hold.
select is_empty(
    $$ select d.name
         from tocsin_internal.destination d
         join tocsin_internal.destination_state s using (destination_id)
         join tocsin_internal.hold h using (destination_id)
        where h.held_by is distinct from
                  tocsin_internal.held_by(d, s, now())
           or h.is_open is distinct from tocsin_internal.is_open(d, now())
           or h.is_people is distinct from (
                  tocsin_internal.audience_of(d.kind, d.format) = 'people') $$,
    'the view says what keeps messages back as claim has it');
create function agree() returns bigint language sql as $$
    select count(*)
      from tocsin_internal.destination d
      join tocsin_internal.destination_state s using (destination_id)
      join tocsin_internal.hold h using (destination_id)
     where h.held_by is not distinct from tocsin_internal.held_by(d, s, now())
       and h.is_open = tocsin_internal.is_open(d, now())
$$;
create function change(i_set text) returns void language plpgsql as $$
begin
    execute 'update tocsin_internal.destination_state set ' || i_set;
exception when undefined_column then
    execute 'update tocsin_internal.destination set ' || i_set;
end;
$$;
select is(agree(), 7::bigint, 'also with ' || what)
  from unnest(array['open_until = now() + interval ''1 s''',
       'open_until = null, rests_until = now() + ''1 s'', rests_for = ''gap''',
       'rests_until = now()', 'per_hour = 1',
       'hours_zone = ''UTC'', hours_from = ''08:00'', hours_to = ''09:00''',
       'hours_from = ''22:00'', hours_to = ''21:59'', hours_days = ''{1,3}''',
       'hours_from = ''00:00'', hours_to = ''24:00'', hours_days = null',
       'enabled = false']) what
 cross join lateral (select change(what)) changed;
update tocsin_internal.destination
   set enabled = true, per_hour = null, hours_zone = null, hours_from = null,
       hours_to = null;

-- ----------------------------------------------------------------------
-- Own alerts
-- ----------------------------------------------------------------------

create function own() returns text[] language sql as $$
    select coalesce(array_agg(external_id::text || ': ' || title
               order by external_id), '{}')
      from tocsin.open_alerts
     where integration_name = 'tocsin'
$$;
select o_done from tocsin_internal.tick_own_alerts(now(), 100);
select is(own(), '{}'::text[], 'all is well');
update tocsin_internal.destination_state s
   set broken_since = now() - interval '299 s'
  from tocsin_internal.destination d
 where d.destination_id = s.destination_id and d.name = 'hook';
select o_done from tocsin_internal.tick_own_alerts(now(), 100);
select is(own(), '{}'::text[], 'a failure may be short');
select tocsin_internal.tick_own_alerts(now() + interval '1 s', 100);
select is(own(), '{"destination/hook: Destination hook is broken"}'::text[],
    'after five minutes there is an alert');
select is((tocsin_internal.tick_own_alerts(now() + interval '2 s', 100)).o_done,
    0, 'and one');
select tocsin_internal.tick_outbox(now() + interval '2 s', 100);
select is(count(*), 0::bigint, 'which is not told where it is broken')
  from tocsin.deliveries where external_id = 'destination/hook';
select tocsin_api.destination_enable('hook', true);
select tocsin_internal.tick_own_alerts(now() + interval '3 s', 100);
select is(own(), '{}'::text[], 'and over when it works');
create function is_broken(i_enabled boolean, i_gone text default null)
returns void language sql as $$
    update tocsin_internal.destination set enabled = i_enabled
     where name = 'signed';
    update tocsin_internal.destination_state s
       set broken_since = now() - interval '1 hour', disabled_reason = i_gone
      from tocsin_internal.destination d
     where d.destination_id = s.destination_id and d.name = 'signed';
    select tocsin_internal.tick_own_alerts(clock_timestamp(), 100)
$$;
select is_broken(true), tocsin_api.destination_enable('signed', false),
    tocsin_internal.tick_own_alerts(clock_timestamp(), 100);
select is(own(), '{}'::text[], 'of one that was disabled nothing is said');
select is((broken_since, value)::text, '(,0)', 'nor is it broken')
  from tocsin.destinations d
  join tocsin_api.outgoing_counts() c
    on c.label = d.name and c.metric = 'tocsin_destination_broken'
 where d.name = 'signed';
select is_broken(false);
select is(own(), '{}'::text[], 'also if it failed after that');
select is_broken(false, 'status 410');
select is(own(), '{"destination/signed: Destination signed was disabled:'
    ' status 410"}'::text[], 'one that is gone has an alert');
select tocsin_api.destination_enable('signed', false),
    tocsin_internal.tick_own_alerts(clock_timestamp(), 100);
select is(own(), '{}'::text[], 'until its operator disables it');
-- Who does what is due.
savepoint ticking;
create function ticks() returns text language sql as $$
    select string_agg(ok || ' ' || detail, '; ') from tocsin_api.tick_check()
$$;
select is(ticks(), 'true tick runs for 7 destinations, 3 routes',
    'check knows that tick is called');
update tocsin_internal.ticker set ticked_at = now() - interval '301 s';
select is(ticks(), 'false tick has not run for 5 minutes, but is needed for'
    ' 7 destinations, 3 routes', 'or that nobody calls it');
delete from tocsin_internal.route where name <> 'last';
delete from tocsin_internal.destination;
select is(ticks(), 'false tick has not run for 5 minutes, but is needed for'
    ' 1 routes', 'also if there are routes only');
update tocsin_internal.ticker set ticked_at = now(), failed_at = now(),
       failure = 'tick_outbox: XX000 broken';
select is(ticks(), 'false it failed: tick_outbox: XX000 broken',
    'or that it fails');
delete from tocsin_internal.route;
select is(ticks(), null, 'without any there is nothing to do');
rollback to ticking;
select name from add('removed');
update tocsin_internal.destination_state s set broken_since = '-infinity'
  from tocsin_internal.destination d
 where d.destination_id = s.destination_id and d.name = 'removed';
select tocsin_internal.tick_own_alerts(clock_timestamp(), 100);
select is(own(), '{"destination/removed: Destination removed is broken"}'
    ::text[], 'one that is broken has an alert');
select tocsin_api.destination_remove('removed'),
    tocsin_internal.tick_own_alerts(clock_timestamp(), 100);
select is(own(), '{}'::text[], 'until it is removed');
-- Disabled with what it belongs to.
create function tell(i_enabled boolean) returns void language sql as $$
    update tocsin_internal.integration
       set enabled = i_enabled,
           disabled_at = case when not i_enabled then now() end
     where name = 'tocsin'
$$;
select is_broken(true), tell(false), tocsin_api.destination_enable('signed',
    true), tocsin_internal.tick_own_alerts(clock_timestamp(), 100);
select is(own(), '{}'::text[], 'alerts of the disabled integration end');
select is_broken(true);
select is(own(), '{}'::text[], 'and none begins');
select is_empty($$ select from tocsin.events
    where integration_name = 'tocsin' and outcome = 'disabled' $$,
    'nor is one tried at each tick');
select tell(true), tocsin_api.destination_enable('signed', true);
select tocsin_api.destination_test('hook');
update tocsin_internal.delivery set state = 'sending', message_id = notice_id,
       leased_by = notice_id, leased_until = now()
 where state = 'due' and notice = 'test';
update tocsin_internal.delivery set state = 'dead', reason = 'tried',
       leased_by = null, leased_until = null where state = 'sending';
select tocsin_internal.tick_own_alerts(now() + interval '4 s', 100);
select is(own(), '{"dead_letters: 1 deliveries are dead"}'::text[],
    'so are dead letters');
select is(tocsin_api.delivery_retry(null), 1, 'until they are tried again');
select tocsin_internal.tick_own_alerts(now() + interval '5 s', 100);
select is(own(), '{}'::text[], 'then it is over');
savepoint dying;
insert into tocsin_internal.delivery (destination_id, notice, notice_id,
       urgency, created_at, due_at, expires_at)
select destination_id, 'test', gen_random_uuid(), 'high',
       now() - interval '72 hours', now() + interval '1 hour', now()
  from tocsin_internal.destination where name = 'signed';
select o_done from tocsin_internal.tick_expiry(now(), 100);
select tocsin_internal.tick_own_alerts(now() + interval '6 s', 100);
select is(own(), '{"dead_letters: 1 deliveries are dead"}'::text[],
    'what was given up after three days is news, too');
select tocsin_internal.tick_own_alerts(now() + interval '24 hours', 100);
select is(count(*), 0::bigint, 'for a day')
  from unnest(own()) o where o like 'dead%';
rollback to dying;
update tocsin_internal.ticker
   set failed_at = now(), failure = 'tick_outbox: XX000 broken';
select tocsin_internal.tick_own_alerts(now() + interval '6 s', 100);
select is((own(), description)::text,
    (array['tick: Scheduled work of tocsin fails'],
        'tick_outbox: XX000 broken')::text,
    'so is what tick cannot do')
  from tocsin.open_alerts where external_id = 'tick';
select tocsin_internal.tick_own_alerts(now() + interval '5 min', 100);
select is(own(), '{}'::text[], 'until it has done without for five minutes');
rollback to dying;
select tocsin_internal.tick_own_alerts(now() + interval '21 min', 100);
select is(own(), '{"relay: No relay sends what is due"}'::text[],
    'and if no relay sends what is due');
select post('create', 'mine', integration_id, i_source => 'operator')
  from tocsin_internal.integration where name = 'tocsin';
select tocsin_internal.tick_own_alerts(now() + interval '22 min', 100);
select is(own(), '{mine: Title, relay: No relay sends what is due}'::text[],
    'what others send there stays');
select post('resolve', 'mine', integration_id, i_source => 'operator')
  from tocsin_internal.integration where name = 'tocsin';
select tocsin_internal.tick_outbox(now() + interval '21 min', 100);
select is(count(*), 1::bigint, 'such alerts are told like any other')
  from tocsin.deliveries where external_id = 'relay';

-- ----------------------------------------------------------------------
-- Routes that change before tick has planned what they led to
-- ----------------------------------------------------------------------

savepoint changing;
create function told(i_id text) returns text language sql as $$
    select string_agg(concat_ws(' ', destination, status, reason), '; '
               order by id)
      from tocsin.deliveries
     where external_id = i_id
$$;
create function begin(i_id text) returns void language sql as $$
    select post('create', i_id, i_received_at => now())
$$;
select tocsin_api.route_add('brief', '[{"to": "mail-1"}]', '{}', true);
select begin('C1'), tocsin_api.route_enable('brief', false);
select is(told('C1'), 'mail-1 due', 'disabled');
select tocsin_api.route_enable('brief', true);
select begin('C2'), tocsin_api.route_move('brief', 99);
select is(told('C2'), 'mail-1 due', 'moved behind another');
select tocsin_api.route_move('brief', 1);
select begin('C3'), tocsin_api.route_add('before', '[]', '{}', true);
select is(told('C3'), 'mail-1 due', 'put behind a new one');
select tocsin_api.route_remove('before');
select begin('C4'), tocsin_api.route_remove('brief');
select is(told('C4'), 'mail-1 due', 'removed');
select tocsin_api.route_add('brief', '[{"to": "mail-1"}]', '{}', true);
select begin('C5'), tocsin_api.destination_remove('mail-1');
select matches(told('C5'), '^dst_\w+ cancelled destination mail-1 was removed$',
    'or its destination was');
rollback to changing;

-- ----------------------------------------------------------------------
-- What is removed
-- ----------------------------------------------------------------------

select tocsin_api.destination_remove('hook');
select is_empty(
    $$ select from tocsin.deliveries
        where status = 'due' and destination_id not in (
              select id from tocsin.destinations) $$,
    'what was due for a destination that is removed is cancelled');
select is(reason, 'destination hook was removed', 'with the reason')
  from tocsin.deliveries where external_id = 'relay';
select isnt_empty($$ select from tocsin.deliveries where status = 'sent' $$,
    'what was told stays told');
select tocsin_api.route_remove('db');
select is_empty('select from tocsin_internal.escalation',
    'a route that is removed ends its chains');

-- Upkeep.
select post('resolve', 'A', i_received_at => now());
update tocsin_internal.delivery set state = 'cancelled', reason = 'test'
 where state = 'due';
select is((tocsin_internal.delete_deliveries(now() + interval '1 h', 1))
    .row_count, 2::bigint, 'finished deliveries are removed in steps');
do $$ begin
    while tocsin_internal.delete_deliveries(now() + interval '1 h', 5)
        is not null
    loop
    end loop;
end $$;
select is(array_agg(distinct external_id), '{relay}'::text[],
    'but not those of live alerts')
  from tocsin.deliveries;

select * from finish();
rollback;
