-- SPDX-License-Identifier: ISC
-- What a relay gets to send, and what its reports change.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

create table base as
select date_trunc('hour', now()) - interval '3 hours' as at;
create function at(i_seconds numeric) returns timestamptz
language sql stable as $$
    select at + i_seconds * interval '1 second' from base
$$;
select gen_random_uuid() as relay, gen_random_uuid() as other \gset
create function hello(i_relay uuid, i_pid integer, i_ahead numeric default 0)
returns void language sql as $$
    select tocsin_api.relay_hello(i_relay, 'host', i_pid, '1.0',
               tocsin_api.clock_us() + (i_ahead * 1000000)::bigint)
$$;
select hello(:'relay', 1), hello(:'other', 2);
select set_config('test.relay', :'relay', true);

create function destination(i_name text, i_kind text, i_more jsonb default '{}')
returns void language sql as $$
    insert into tocsin_internal.destination
    select (jsonb_populate_record(null::tocsin_internal.destination,
               jsonb_build_object(
               'destination_id', 'dst_' || substr(md5(i_name), 1, 12),
               'name', i_name, 'kind', i_kind, 'address',
               case i_kind when 'webhook' then 'https://example.org/' || i_name
                    when 'mail' then i_name || '@example.org'
                    else i_name end,
               'format', case i_kind when 'webhook' then 'standard' end,
               'headers', '{}'::jsonb, 'timeout', '15 s', 'in_flight_max', 4,
               'gap', '0', 'gap_max', '0', 'give_up_after', '72 h',
               'hours_urgency', 'critical', 'forget_resolved', false,
               'fallback_after', '5 min', 'enabled', true, 'created_at', now())
               || i_more)).*
$$;
create function id_of(i_name text) returns text language sql immutable as $$
    select 'dst_' || substr(md5(i_name), 1, 12)
$$;
-- A delivery to be told, of a new alert unless there is one of this Id.
create function deliver(i_name text, i_id text, i_seconds numeric,
    i_notice text default 'created', i_urgency text default 'high')
returns void language plpgsql as $$
declare
    _alert  uuid := (newest(i_id)).alert_id;
begin
    if _alert is null then
        _alert := make_id(at(i_seconds));
        perform post('create', i_id, i_received_at => at(i_seconds),
            i_event_id => _alert, i_title => i_id, i_urgency => i_urgency);
    end if;
    insert into tocsin_internal.delivery (destination_id, alert_id, notice,
           notice_id, urgency, created_at, due_at, expires_at)
    select id_of(i_name), _alert, i_notice::tocsin_internal.notice,
           case i_notice when 'created' then _alert
               else make_id(at(i_seconds)) end,
           i_urgency::tocsin_internal.urgency, at(i_seconds), at(i_seconds),
           at(i_seconds) + d.give_up_after
      from tocsin_internal.destination d
     where d.name = i_name;
end;
$$;
create table sent as select 0::numeric as second, j.*
  from (select (null::tocsin_api.job).*) j limit 0;
create function claim(i_seconds numeric, i_room integer default 64)
returns integer language sql as $$
    with taken as (
        insert into sent
        select i_seconds, j.*
          from tocsin_internal.claim(
               current_setting('test.relay')::uuid, i_room, at(i_seconds)) j
        returning 1)
    select count(*)::integer from taken
$$;
-- Report every message that is under way.
create function done(i_seconds numeric, i_status integer,
    i_retry_after integer default null, i_excerpt text default null)
returns void language sql as $$
    select tocsin_internal.note_result(current_setting('test.relay')::uuid,
               row(m.message_id, null, null, null, 12, i_status, null, null,
                   i_excerpt, null)::tocsin_internal.attempt,
               i_retry_after, at(i_seconds))
      from (select distinct message_id from tocsin_internal.delivery
             where state = 'sending') m
$$;
create function states(i_name text) returns text language sql as $$
    select string_agg(state::text, ' ' order by delivery_id)
      from tocsin_internal.delivery
     where destination_id = id_of(i_name)
$$;
create function state_of(i_name text)
returns tocsin_internal.destination_state language sql as $$
    select s from tocsin_internal.destination_state s
     where destination_id = id_of(i_name)
$$;

-- ----------------------------------------------------------------------
-- Machines: one message each, in order
-- ----------------------------------------------------------------------

select destination('hook', 'webhook', '{"secret":
    "\\x000102030405060708090a0b0c0d0e0f1011121314151617",
    "headers": {"authorization": "Bearer {{secret.hook}}"}}');
select ok(not tocsin_api.relay_is_due(), 'no relay is due for nothing');
select deliver('hook', 'a', 0), deliver('hook', 'a', 1, 'acknowledged'),
    deliver('hook', 'b', 2), deliver('hook', 'c', 3), deliver('hook', 'd', 3),
    deliver('hook', 'e', 3);
select ok(tocsin_api.relay_is_due(), 'one is for what waits to be told');
update tocsin_internal.destination set enabled = false;
select ok(not tocsin_api.relay_is_due(), 'but not if it is held back');
insert into tocsin_internal.outbox (event_id, alert_id)
select make_id(at(0)), make_id(at(0));
select ok(tocsin_api.relay_is_due(), 'one is for what is to be planned');
delete from tocsin_internal.outbox;
update tocsin_internal.destination set enabled = true;
select is(claim(-1), 0, 'nothing is sent before it is due');
select is(claim(10, 0), 0, 'nothing is sent by a relay without room');
select is(claim(10, 3), 3, 'a relay gets as many messages as it has room for');
select is(states('hook'), 'sending due sending sending due due',
    'the first of each alert goes first');
select is(claim(10), 1, 'and a destination as many as it may have');
select is(claim(10), 0, 'and no more');
select is(
    (select row(kind, address, headers, content_type, secret_paths,
            webhook_id, hops, secrets, timeout_ms, mail_to, notice, notice_id,
            alert_id, delivery_count)::text
       from sent order by webhook_id limit 1),
    (select row('webhook', 'https://example.org/hook',
            '{"authorization": "Bearer {{secret.hook}}"}'::jsonb,
            'application/json', '{}'::text[],
            'msg_' || replace(alert_id::text, '-', ''), 1,
            '{000102030405060708090a0b0c0d0e0f1011121314151617}'::text[],
            15000, null::text, 'created', alert_id, alert_id, 1)::text
       from newest('a')),
    'a message says all that is needed to send it');
select is(body::jsonb #>> '{data,title}', 'a', 'its body is rendered')
  from sent where alert_id = (newest('a')).alert_id;
select done(11, 200);
select is(states('hook'), 'sent due sent sent sent due', 'a 2xx means sent');
select is(claim(11), 2, 'then the next of an alert goes');
select tocsin_internal.note_result(:'other', row(message_id, null, null, null,
        1, 500, null, null, null, null)::tocsin_internal.attempt, null,
    at(12)) from sent where second = 11;
select is(states('hook'), 'sent sending sent sent sent sending',
    'another relay can report nothing');
select done(12, 200);
select is(count(*), 6::bigint, 'each try is a row of attempt')
  from tocsin_internal.attempt
 where verdict = 'sent' and took_ms = 12 and relay_id = :'relay';
select done(13, 200);
select is(count(*), 6::bigint, 'and once')
  from tocsin_internal.attempt;

-- ----------------------------------------------------------------------
-- Answers
-- ----------------------------------------------------------------------

select is(tocsin_internal.judge_answer(kind::tocsin_internal.destination_kind,
        case kind when 'webhook' then 'standard' end, status, retry_after,
        null)::text, verdict,
    format('%s %s%s means %s', kind, coalesce(status::text, 'without answer'),
        ' after ' || retry_after, verdict))
  from (values ('webhook', 200, null, 'sent'), ('webhook', 204, null, 'sent'),
       ('webhook', 429, null, 'slow'), ('webhook', 429, 5, 'slow'),
       ('webhook', 503, 5, 'slow'), ('webhook', 503, null, 'retry'),
       ('webhook', null, null, 'retry'), ('webhook', 0, null, 'retry'),
       ('webhook', 500, 5, 'retry'), ('webhook', 302, null, 'retry'),
       ('webhook', 401, null, 'retry'), ('webhook', 403, null, 'retry'),
       ('webhook', 404, null, 'retry'), ('webhook', 405, null, 'retry'),
       ('webhook', 408, null, 'retry'), ('webhook', 425, null, 'retry'),
       ('webhook', 400, null, 'refuse'), ('webhook', 413, null, 'refuse'),
       ('webhook', 415, null, 'refuse'), ('webhook', 422, null, 'refuse'),
       ('webhook', 410, null, 'gone'), ('mail', 0, null, 'sent'),
       ('mail', 64, null, 'refuse'), ('mail', 65, null, 'refuse'),
       ('command', 67, null, 'refuse'), ('command', 75, null, 'retry'),
       ('mail', 66, null, 'retry'), ('mail', 1, null, 'retry'),
       ('command', -1, null, 'retry'), ('command', 200, null, 'retry'))
       t(kind, status, retry_after, verdict);
select is(tocsin_internal.judge_answer('webhook', 'slack', 200, null, 'ok')
    ::text, 'sent', 'a 2xx with the text of a success is one');
update tocsin_internal.format set failure_pattern = 'failed'
 where name = 'slack';
select is(tocsin_internal.judge_answer('webhook', 'slack', 200, null,
    'delivery failed')::text, 'retry', 'one with that of a failure is not');

-- Slow: the destination rests, no try is counted.
select destination('slow', 'webhook');
select deliver('slow', 'f', 100), deliver('slow', 'g', 100);
select is(claim(100), 2, 'two go'); select done(101, 429, 30);
select is(states('slow'), 'due due', 'slow means due again');
select is(max(attempts), 0::smallint, 'and no try is counted')
  from tocsin_internal.delivery where destination_id = id_of('slow');
select is(claim(130.9), 0, 'the destination rests');
select is(claim(131), 2, 'as long as it wants'); select done(132, 429, 86400);
select is(claim(132 + 3599), 0, 'up to an hour');
select is(claim(132 + 3600), 2, 'and no longer'); select done(3732, 200);

-- Refused: three tries.
select deliver('slow', 'h', 4000);
select is(claim(4000), 1, 'first try'); select done(4000, 400);
select is(claim(4059), 0, 'one that is refused waits a minute');
select is(claim(4060), 1, 'second try'); select done(4060, 400);
select is(claim(4659), 0, 'then ten');
select is(claim(4660), 1, 'third try'); select done(4660, 422);
select is(state::text || ': ' || reason, 'dead: status 422', 'then it is dead')
  from tocsin_internal.delivery where alert_id = (newest('h')).alert_id;

-- Gone.
select destination('gone', 'webhook');
select deliver('gone', 'i', 0); select claim(5000); select done(5000, 410);
select is((enabled, states('gone'), (state_of('gone')).disabled_reason)::text,
    '(f,due,"status 410")', 'one that is gone is disabled, what is due waits')
  from tocsin_internal.destination where name = 'gone';
select is(claim(9000), 0, 'for its operator');

-- Pauses.
select is(
    array(select round(extract(epoch from avg(p)) / s)
            from (values (1, 5), (2, 15), (3, 30), (4, 60), (5, 120), (6, 300),
                 (7, 600), (8, 1200), (9, 1800), (10, 3600), (50, 3600))
                 t(n, s)
           cross join lateral (
                 select tocsin_internal.retry_pause('retry', n) as p
                   from generate_series(1, 40 + n * 0)) q
           group by n, s order by n),
    array_fill(1::numeric, array[11]), 'pauses grow to an hour');
select ok(bool_and(p >= '4 s' and p <= '6 s') and count(distinct p) > 5,
    'at random by a fifth')
  from (select tocsin_internal.retry_pause('retry', 1) as p
          from generate_series(1, 40)) q;

-- The breaker.
select destination('flaky', 'webhook');
select deliver('flaky', 'j', 0), deliver('flaky', 'k', 0),
    deliver('flaky', 'l', 0), deliver('flaky', 'm', 0),
    deliver('flaky', 'n', 0);
select is(claim(5100), 4, 'four are under way'); select done(5101, 500);
select is((state_of('flaky')).failures, 3,
    'what was under way when the breaker opened does not count');
select is((state_of('flaky')).broken_since, at(5101),
    'it is broken since then');
select is(claim(5130.9), 0, 'nothing is tried');
select is(claim(5131), 1, 'after 30 seconds one is');
select is(claim(5131), 0, 'and no second'); select done(5131, null);
select is(claim(5190), 0, 'then after a minute');
create function probe(i_seconds numeric) returns text language plpgsql as $$
declare
    _until  timestamptz := (state_of('flaky')).open_until;
begin
    if claim(extract(epoch from _until - at(0))) <> 1 then
        return null;
    end if;
    perform done(extract(epoch from _until - at(0)), 500);
    return date_trunc('second', (state_of('flaky')).open_until - _until);
end;
$$;
-- Only the breaker holds it back, not the pauses of five deliveries.
update tocsin_internal.delivery set due_at = at(0)
 where destination_id = id_of('flaky');
select is(array(select probe(n) from generate_series(1, 3) n),
    '{00:02:00,00:04:00,00:08:00}'::text[], 'each failure doubles it');
update tocsin_internal.delivery set due_at = at(0)
 where destination_id = id_of('flaky');
select is(array(select probe(n) from generate_series(1, 2) n),
    '{00:10:00,00:10:00}'::text[], 'up to ten minutes');
update tocsin_internal.delivery set due_at = at(999999)
 where destination_id = id_of('flaky') and alert_id <> (newest('j')).alert_id;
update tocsin_internal.delivery set due_at = at(0)
 where destination_id = id_of('flaky') and alert_id = (newest('j')).alert_id;
select is(claim(9000), 1, 'the probe'); select done(9001, 200);
select is(claim(9001), 4, 'when it works again, all that waits is due');
select done(9002, 200);
select is((s).failures, 0, 'and it is whole') from state_of('flaky') s;

-- ----------------------------------------------------------------------
-- People: one message with all that waits
-- ----------------------------------------------------------------------

select destination('duty', 'mail', '{"gap": "60 s", "gap_max": "15 min"}');
select deliver('duty', 'p', 10000);
select is(claim(10000), 1, 'the first goes at once');
select is((mail_to, mail_message_id, mail_references, webhook_id, hops,
        delivery_count)::text,
    format('(duty@example.org,%s,,,,1)', (newest('p')).alert_id),
    'a mail says to whom, and which thread it begins')
  from sent where second = 10000;
select isnt(mail_subject, null, 'and what about')
  from sent where second = 10000;
select deliver('duty', 'q', 10001);
select is(claim(10001), 0, 'one message at a time');
select done(10001, 0);
select is(claim(10060), 0, 'then people have their peace');
select deliver('duty', 'alert ' || n, 10002)
  from generate_series(1, 500) n;
select deliver('duty', 'p', 10003, 'resolved');
select is(claim(10061), 1, 'for a gap'); select done(10061, 0);
select is(delivery_count, 502, 'then all that waited is one message')
  from sent where second = 10061;
-- A storm.
do $$
declare
    _before integer := (select count(*) from fixture.sent);
begin
    for _n in 1..354 loop
        perform fixture.deliver('duty', 'storm ' || _n, 10061 + _n * 10);
        perform fixture.deliver('duty', 'storm, too ' || _n, 10061 + _n * 10);
        if fixture.claim(10061 + _n * 10) > 0 then
            perform fixture.done(10061 + _n * 10, 0);
        end if;
    end loop;
end;
$$;
select is(array_agg(second - 10000 order by second),
    '{0, 61, 181, 421, 901, 1801, 2701, 3601}'::numeric[],
    'an hour of storm is eight messages')
  from sent where destination_id = id_of('duty');
select deliver('duty', 'calm', 17000);
select is(claim(17000), 1, 'after a rest'); select done(17000, 0);
select is((state_of('duty')).gap_now, interval '60 s',
    'two gaps without a message set the gap back');
select deliver('duty', 'calm', 17001, 'resolved');
select is(claim(17060), 1, 'the next goes after that');
select is(mail_references, (newest('calm')).alert_id::text,
    'and belongs to the thread') from sent where second = 17060;
-- A mail that fails waits with what comes after it.
select done(17060, 75); select deliver('duty', 'after', 17061);
select is(claim(17061), 1, 'a failure does not hold back what comes later');
select is(delivery_count, 2, 'and is told with it')
  from sent where second = 17061;
select done(17061, 0);

-- per_hour.
update tocsin_internal.destination set per_hour = 4 where name = 'duty';
select deliver('duty', 'many', 17202);
select is(claim(17202), 1, 'within the number of an hour');
select done(17202, 0); select deliver('duty', 'more', 17300);
select is(claim(17400), 0, 'an hour has so many');
select is(tocsin_internal.held_by(d, s, at(17400)), 'per_hour',
    'which is what it waits for')
  from tocsin_internal.destination d
  join tocsin_internal.destination_state s using (destination_id)
 where d.name = 'duty';
select is(claim(17000 + 3600), 1, 'an hour later there is room');
select done(20600, 0);

-- Hours.
select is(tocsin_internal.is_open(d, t.at::timestamptz), is_open,
    format('%s to %s on %s: %s', d.hours_from, d.hours_to, d.hours_days, at))
  from (values
       ('08:00', '18:00', '{1,2,3,4,5}', '2026-03-27 07:30+01', false),
       ('08:00', '18:00', '{1,2,3,4,5}', '2026-03-27 08:00+01', true),
       ('08:00', '18:00', '{1,2,3,4,5}', '2026-03-27 18:00+01', false),
       ('08:00', '18:00', '{1,2,3,4,5}', '2026-03-28 12:00+01', false),
       ('08:00', '18:00', '{1,2,3,4,5}', '2026-03-30 08:00+02', true),
       ('08:00', '18:00', '{1,2,3,4,5}', '2026-03-30 07:59+02', false),
       ('22:00', '06:00', '{5}', '2026-03-27 23:00+01', true),
       ('22:00', '06:00', '{5}', '2026-03-28 05:59+01', true),
       ('22:00', '06:00', '{5}', '2026-03-28 06:00+01', false),
       ('22:00', '06:00', '{5}', '2026-03-28 23:00+01', false),
       ('22:00', '06:00', '{5}', '2026-03-27 05:00+01', false),
       ('00:00', '24:00', '{6}', '2026-03-28 23:59+01', true),
       ('00:00', '24:00', null, '2026-03-28 23:59+01', true))
       t(hours_from, hours_to, hours_days, at, is_open)
 cross join lateral jsonb_populate_record(
       null::tocsin_internal.destination, to_jsonb(t) - 'at'
           || '{"hours_zone": "Europe/Berlin"}') d;
select destination('day', 'mail', jsonb_build_object(
    'hours_zone', 'UTC', 'hours_urgency', 'high',
    'hours_from', (at(30000) at time zone 'UTC')::time,
    'hours_to', (at(40000) at time zone 'UTC')::time));
select deliver('day', 'minor', 25000, 'created', 'low'),
    deliver('day', 'major', 25000, 'created', 'high');
select is(claim(25000), 1, 'outside its hours people are told what is urgent');
select is(alert_id, (newest('major')).alert_id, 'and that alone')
  from sent where second = 25000;
select done(25000, 0);
select is(claim(29999), 0, 'the rest waits'); select is(claim(30000), 1,
    'for the hours'); select done(30000, 0);

-- ----------------------------------------------------------------------
-- What cannot be rendered, relays that come and go
-- ----------------------------------------------------------------------

select destination('odd', 'webhook', '{"format": "slack"}');
select deliver('odd', 'r', 30000);
alter function tocsin_internal.render(tocsin_internal.format, jsonb)
    rename to render_well;
create function tocsin_internal.render(tocsin_internal.format, jsonb)
returns jsonb language plpgsql as $$
begin
    if $1.name = 'slack' then
        raise exception 'no such thing';
    end if;
    return tocsin_internal.render_well($1, $2);
end;
$$;
select deliver('hook', 's', 30000);
select is(claim(30001), 1, 'one that cannot be rendered stops no other');
select is(format('%s at %s: %s', state, due_at, reason), format('dead at %s:'
        ' cannot be rendered: P0001 no such thing', at(30001)),
    'and is dead at once')
  from tocsin_internal.delivery where destination_id = id_of('odd');
select deliver('odd', 't', 30002);
select is(claim(30002), 0, 'the destination goes on'); select done(30003, 200);
drop function tocsin_internal.render(tocsin_internal.format, jsonb);
alter function tocsin_internal.render_well(tocsin_internal.format, jsonb)
    rename to render;

select deliver('duty', 'u', 40000), deliver('hook', 'v', 40000);
select is(claim(40000), 2, 'two are under way');
select tocsin_api.relay_bye(:'relay');
select is(array_agg(distinct state::text || ' ' || reason),
    '{"due the relay ended"}'::text[], 'a relay that ends gives them back')
  from tocsin_internal.delivery
 where alert_id in ((newest('u')).alert_id, (newest('v')).alert_id);
select throws_ok(format('select tocsin_api.relay_claim(%L, 1)', :'relay'),
    'TO404', null, 'and must say hello again');
select hello(:'relay', 1);
select lives_ok(format('select tocsin_api.relay_claim(%L, 0)', :'relay'),
    'then it may go on');

-- Whether all goes well, for a monitor elsewhere.
create function goes_well() returns boolean language sql as $$
    select tocsin_api.relay_hello('01980000-0000-7000-8000-000000000009',
               'host', 9, '1.0', tocsin_api.clock_us())
$$;
savepoint well;
update tocsin_internal.delivery set state = 'cancelled', reason = 'x'
 where state = 'due';
select ok(goes_well(), 'all goes well');
update tocsin_internal.ticker set failed_at = now() - interval '4 min';
select ok(not goes_well(), 'but not if tick fails');
update tocsin_internal.ticker set failed_at = now() - interval '6 min';
update tocsin_internal.destination set enabled = true;
update tocsin_internal.destination_state
   set rests_until = '-infinity', rests_for = null, open_until = null,
       due_from = '-infinity';
insert into tocsin_internal.delivery (destination_id, notice, notice_id,
       urgency, created_at, due_at, expires_at)
select destination_id, 'test', gen_random_uuid(), 'low',
       now() - interval '4 min', now() - interval '4 min', 'infinity'
  from tocsin_internal.destination where kind = 'webhook' limit 1;
select ok(goes_well(), 'what is due need not be told at once');
update tocsin_internal.delivery set due_at = now() - interval '6 min'
 where state = 'due';
select ok(not goes_well(), 'but is overdue after 5 minutes');
update tocsin_internal.destination_state set open_until = 'infinity';
select ok(not goes_well(), 'also if its destination is broken');
update tocsin_internal.destination_state
   set open_until = null, rests_until = 'infinity', rests_for = 'gap';
select ok(goes_well(), 'and is not while people have their peace');
rollback to well;

-- What check says of relays.
create function checked() returns text[] language sql as $$
    select array_agg(ok || ' ' || regexp_replace(detail, '[\d:]+ ago', 'T ago'))
      from tocsin_api.relay_check()
$$;
select is(checked(), '{
    "true tocsin-relay 1.0 on host, process 1, started T ago",
    "true tocsin-relay 1.0 on host, process 2, started T ago"}'::text[],
    'the relays are named');
select hello(:'relay', 1, 31.2), hello(:'other', 2, -29);
select is(checked(), '{"false tocsin-relay 1.0 on host, process 1, started T'
    ' ago; its clock is 31 s ahead of the database''s",
    "true tocsin-relay 1.0 on host, process 2, started T ago"}'::text[],
    'and a clock that is off');
select hello(:'relay', 1), hello(:'other', 2, -100);
select tocsin_api.relay_bye(:'relay');
select is(checked(), '{"false tocsin-relay 1.0 on host, process 2, started T'
    ' ago; its clock is 100 s behind the database''s"}'::text[],
    'one that has ended is not there');
update tocsin_internal.relay set seen_at = now() - interval '2 minutes'
 where relay_id = :'other';
select is(checked(), '{"true tocsin-relay 1.0 on host, process 1, ended T ago"}'
    ::text[], 'unless it was seen last');
delete from tocsin_internal.relay where relay_id = :'relay';
select is((checked())[1], 'false tocsin-relay 1.0 on host, process 2, last seen'
    ' T ago; its clock is 100 s behind the database''s', 'or another was');
delete from tocsin_internal.relay;
select is(checked(), null, 'there may be none');
select hello(:'relay', 1);

-- ----------------------------------------------------------------------
-- A destination that is removed while it is told
-- ----------------------------------------------------------------------

update tocsin_internal.destination set enabled = false;
create function end_of(i_name text) returns text[] language sql as $$
    select array_agg(concat_ws(' ', state, reason) order by delivery_id)
      from tocsin_internal.delivery
     where destination_id = id_of(i_name)
$$;
create function remove(i_name text, i_kind text) returns integer
language plpgsql as $$
declare
    _claimed    integer;
begin
    perform destination(i_name, i_kind), deliver(i_name, i_name, 50000),
        deliver(i_name, i_name, 50000, 'acknowledged');
    _claimed := claim(50000);
    perform tocsin_api.destination_remove(i_name);
    return _claimed;
end;
$$;
create function fate(i_name text, i_kind text, i_status integer)
returns text[] language plpgsql as $$
begin
    if remove(i_name, i_kind) = 1 then
        perform done(50001, i_status);
    end if;
    return end_of(i_name);
end;
$$;
select is((fate(name, kind, status))[1], became, format('%s after %s of a %s',
           split_part(became, ' ', 1), coalesce(status::text, 'no answer'),
           kind))
  from (values
       ('hook-200', 'webhook', 200, 'sent'),
       ('hook-500', 'webhook', 500,
        'cancelled destination hook-500 was removed: status 500'),
       ('hook-429', 'webhook', 429,
        'cancelled destination hook-429 was removed: status 429'),
       ('hook-410', 'webhook', 410,
        'cancelled destination hook-410 was removed: status 410'),
       ('hook-none', 'webhook', null,
        'cancelled destination hook-none was removed: no answer'),
       ('command-0', 'command', 0, 'sent'),
       ('command-75', 'command', 75,
        'cancelled destination command-75 was removed: status 75'),
       ('command-200', 'command', 200,
        'cancelled destination command-200 was removed: status 200'))
       t(name, kind, status, became);
select is(end_of('hook-200'), '{sent,
    cancelled destination hook-200 was removed}'::text[],
    'what was not under way is cancelled');
select is(fate('mail-0', 'mail', 0), '{sent, sent}'::text[],
    'all that a message carries arrives');
select remove('lapsed', 'webhook'), tocsin_internal.tick_expiry(at(60000), 9);
select is((end_of('lapsed'))[1], 'cancelled destination lapsed was removed:'
    ' the relay did not report', 'its lease ends it');
select remove('left', 'webhook'), tocsin_api.relay_bye(:'relay');
select is((end_of('left'))[1], 'cancelled destination left was removed:'
    ' the relay ended', 'so does a relay that ends');
select is_empty(
    $$ select from tocsin_internal.delivery w
        where state in ('due', 'sending')
          and not exists (
              select from tocsin_internal.destination d
               where d.destination_id = w.destination_id) $$,
    'nothing waits for a destination that is gone');
select is(tocsin_api.delivery_retry(array(
        select delivery_id from tocsin_internal.delivery
         where destination_id = id_of('left'))), 0,
    'nor can it be told again');

select * from finish();
rollback;
