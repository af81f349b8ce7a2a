-- SPDX-License-Identifier: ISC
-- Heartbeats: late, back and paused, with the time as an argument.  It counts
-- pages, so it comes before what leaves rows of live alerts that were rolled
-- back: for one that any event pings, the index entries of all are read.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();
set local timezone = 'Asia/Kolkata';

-- So many seconds after the start of the test's time.
create function at(i_after numeric) returns timestamptz
language sql immutable as $$
    select timestamptz '2026-03-01 00:00+00'
        + make_interval(secs => i_after::float8)
$$;

-- A heartbeat of every 100 s and 20 s of grace, created at 0.
create function beat(i_name text, i_heard_by text default 'ping',
    i_heard_id text default null, i_waits boolean default false,
    i_integration_id text default 'int_plain')
returns void language sql volatile as $$
    select tocsin_api.heartbeat_add(i_name, '100 s', '20 s',
        i_integration_id, i_heard_by, i_heard_id, i_waits, 'critical',
        '{night, "b, c"}');
    update tocsin_internal.heartbeat
       set created_at = at(0), armed_at = at(0), look_at = at(120)
     where name = i_name;
$$;

-- An event of i_name's Id at a time; out of a spool if i_source says so.
create function say(i_event_type text, i_name text, i_after numeric,
    i_source text default 'webhook')
returns text language sql volatile as $$
    select (post(i_event_type, 'heartbeat/' || i_name, i_received_at =>
        at(i_after), i_event_id => make_id(at(i_after)),
        i_source => i_source)).outcome
$$;

-- How many heartbeats were looked at; PostgreSQL runs since i_started.
create function look(i_after numeric, i_started numeric default -1000000,
    i_limit integer default 200)
returns integer language sql volatile as $$
    select o_done from tocsin_internal.look_at_heartbeats(at(i_after),
        i_limit, at(i_started))
$$;

-- The live alert of a heartbeat.
create function alarm(i_name text) returns tocsin_internal.alert
language sql volatile as $$
    select a from tocsin_internal.alert a
     where external_id = 'heartbeat/' || i_name and resolved_at is null
$$;
create function is_late(i_name text) returns boolean
language sql volatile as $$
    select late_since is not null from tocsin_internal.heartbeat
     where name = i_name
$$;
create function heard(i_name text) returns timestamptz
language sql volatile as $$
    select heard_at from tocsin_internal.heard where name = i_name
$$;

-- ----------------------------------------------------------------------
-- Heard by other events
-- ----------------------------------------------------------------------

select beat('dog', 'id', 'Watchdog');
select beat('all', 'any');
select post('create', 'Watchdog', i_received_at => at(50));
select post('create', 'Watchdog', i_received_at => at(90));
select is(heard('dog'), at(90), 'a repeated create is heard by its Id');
select is(heard('all'), at(90), 'and by any');
select post('create', 'other', i_received_at => at(150));
select look(211);
select is(is_late('dog'), true, 'another Id is not');
select is(is_late('all'), false, 'but is any');
select post('create', 'Watchdog', i_received_at => at(212));
select isnt((alarm('dog')).alert_id, null,
    'an event of its Id does not end the alert by itself');
select look(221);
select is((alarm('dog')).alert_id, null, 'tick does');
select is((select last.source::text || last.event_type
             from tocsin_internal.event last
            where external_id = 'heartbeat/dog'
            order by event_id desc limit 1), 'timerresolve',
    'by an event of the timer');
select is(heard('all'), at(212), 'which is not heard itself');
select post('resolve', 'Watchdog', i_received_at => at(230));
select is(heard('dog'), at(230), 'a resolve is heard');
select post('resolve', 'Watchdog', i_received_at => at(240));
select is(heard('dog'), at(240), 'also one that changes nothing');
select is(heard('all'), at(240), 'by any, too');
select look(500);
select is(array[is_late('dog'), is_late('all')], '{true, true}',
    'silence is silence');
select is(heard('all'), at(240), 'what tick says of it is not heard');
select say('create', 'dog', 505);
select post('create', 'x', i_received_at => at(506));
select look(511);
select is(is_late('all'), false, 'any event is');
select tocsin_api.heartbeat_remove('int_plain', n)
  from unnest('{dog, all}'::text[]) n;
select is((alarm('all')).alert_id, null, 'no alert is left');

-- ----------------------------------------------------------------------
-- Never heard
-- ----------------------------------------------------------------------

select beat('never');
select is(look(119.9), 0, 'nobody is looked at before the time');
select is(o_next_at, at(120), 'which is known')
  from tocsin_internal.look_at_heartbeats(at(0), 10, at(-1000000));
select is(look(121), 1, 'one that was never heard is found');
select is((a).title || ' ' || (a).description || ' ' || (a).urgency || ' '
        || (a).tags::text || ' ' || (a).status || ' ' || (a).meta::text,
    'Heartbeat never is late Never heard; it was due by'
        || ' 2026-03-01T00:02:00Z. critical {night,"b, c"} open'
        || ' {"due_at": "2026-03-01T00:02:00Z", "last_heard_at": null}',
    'and an alert tells of it')
  from alarm('never') a;
select is((a).created_at, at(121), 'created when it was found')
  from alarm('never') a;
select is(array[source::text, remote_addr, outcome::text],
    '{timer, tick, created}', 'by an event of the timer')
  from tocsin_internal.event e
 where e.event_id = (select (alarm('never')).alert_id);
select is(http_status, null, 'which nobody sent over HTTP')
  from tocsin.events where id = (select (alarm('never')).alert_id);
select is(look(122), 0, 'it is left alone for a while');
select is(look(140), 1, 'then looked at again');
select is((alarm('never')).duplicate_count::integer, 0, 'and not told twice');
select is(substr(id::text, 1, 13), substr(tocsin_internal.uuid_floor(at(120))
        ::text, 1, 13), 'the id of its event is of its deadline')
  from (select (alarm('never')).alert_id as id) a;
select is(substr(id::text, 15, 1) || substr(id::text, 20, 1), '78',
    'and a UUIDv7')
  from (select (alarm('never')).alert_id as id) a;

-- ----------------------------------------------------------------------
-- Heard: a ping is a resolve
-- ----------------------------------------------------------------------

select is(say('resolve', 'never', 150), 'resolved',
    'a ping ends the alert at once');
select is(look(151), 1, 'tick finds it heard');
select is(is_late('never'), false, 'and not late');
select is(say('resolve', 'never', 200), 'ignored',
    'a ping that finds no alert changes nothing');
select is(heard('never'), at(200), 'but is heard');
select is(look(270), 1, 'the deadline of the last look is only a look');
select is(is_late('never'), false, 'since there was a ping');
select look(319.9);
select is(is_late('never'), false, 'grace is part of its time');
select look(320);
select is(is_late('never'), true, 'then it is late again');
select isnt((alarm('never')).alert_id, null, 'by another alert');
select is((alarm('never')).meta ->> 'last_heard_at', '2026-03-01T00:03:20Z',
    'which says when it was last heard');
select say('resolve', 'never', 330);
select look(1000);
select is((alarm('never')).meta ->> 'due_at', '2026-03-01T00:07:30Z',
    'late, heard, and late again between two looks is late anew');
select is(say('resolve', 'never', 1001, 'operator'), 'resolved',
    'an operator can ping');
select look(1010);
select is(is_late('never'), false, 'which counts');
select post('acknowledge', 'heartbeat/never', i_received_at => at(1003));
select is(heard('never'), at(1001), 'an acknowledge does not');

-- A failure is a create of the same Id.
select is(say('create', 'never', 1010), 'created', 'a job may say it failed');
select is(heard('never'), at(1001), 'which is no ping');
select look(1121.1);
select is((alarm('never')).duplicate_count::integer, 1,
    'if it then is late, the same alert says so');
select is(say('resolve', 'never', 1130), 'resolved', 'until it succeeds');

-- Out of a spool.
select look(1135);
select look(1300);
select is(is_late('never'), true, 'late');
select is(say('resolve', 'never', 1251, 'spool'), 'resolved',
    'a ping that waited in a spool ends the alert if it was late itself');
select look(1311);
select is(is_late('never'), false, 'and tick agrees');
select look(1400);
select is(is_late('never'), true, 'late once more');
select is(say('resolve', 'never', 1360, 'spool'), 'ignored',
    'a ping that was in time does not come behind the alert''s begin');
select isnt((alarm('never')).alert_id, null, 'which goes on');
select look(1411);
select is((alarm('never')).alert_id, null, 'until tick sees it');
select is(is_late('never'), false, 'and it was not late at all');

-- What tick resolves is its own word only.
select look(1500);
select say('create', 'never', 1505);
select say('resolve', 'never', 1470, 'spool');
select look(1511);
select is(is_late('never'), false, 'heard in time');
select isnt((alarm('never')).alert_id, null,
    'but a failure that was told since stays');
select say('resolve', 'never', 1512);
select tocsin_api.heartbeat_remove(null, 'never');

-- ----------------------------------------------------------------------
-- Waiting, pausing, disabled
-- ----------------------------------------------------------------------

select beat('later', i_waits => true);
select look(500);
select is(is_late('later'), false, 'one that waits is not late');
select say('resolve', 'later', 510);
select look(619);
select look(631);
select is(is_late('later'), true, 'until it was heard once');
select is((tocsin_api.heartbeat_pause(null, 'later')).status, 'paused',
    'it is paused');
select is((alarm('later')).alert_id, null, 'which ends its alert');
select is(look(10000), 0, 'and it is not looked at');
select is((tocsin_api.heartbeat_resume('int_plain', 'later')).status, 'new',
    'then it begins anew');
select is(heard('later'), null, 'and what was heard before does not count');
select tocsin_api.heartbeat_remove(null, 'later');

select beat('shut', i_integration_id => 'int_token');
update tocsin_internal.integration
   set enabled = false, disabled_at = now() where integration_id = 'int_token';
select is(look(200), 1, 'one of a disabled integration is looked at');
select is(is_late('shut'), false, 'but cannot be late');
update tocsin_internal.integration
   set enabled = true, disabled_at = null where integration_id = 'int_token';
select look(300);
select is(is_late('shut'), false, 'and has all of its time afterwards');
select look(321);
select is(is_late('shut'), true, 'but not more');
select beat('gone', i_integration_id => 'int_token');
select look(331);
update tocsin_internal.integration
   set enabled = false, disabled_at = now() where integration_id = 'int_token';
select look(341);
select isnt((alarm('shut')).alert_id, null, 'late ones stay so meanwhile');
select tocsin_api.heartbeat_pause(null, 'shut');
select is((alarm('shut')).alert_id, null, 'to pause one ends its alert');
select isnt((alarm('gone')).alert_id, null, 'and of no other');
select tocsin_api.heartbeat_remove(null, 'gone');
select is((alarm('gone')).alert_id, null, 'and so does to remove it');
select tocsin_api.heartbeat_remove(null, 'shut');
update tocsin_internal.integration
   set enabled = true, disabled_at = null where integration_id = 'int_token';

-- ----------------------------------------------------------------------
-- PostgreSQL was down
-- ----------------------------------------------------------------------

select beat('down');
select look(500, 490);
select is(is_late('down'), false, 'our outage is not their silence');
select is(look(509, 490), 0, 'they have their grace to be heard');
select look(510, 490);
select is(is_late('down'), true, 'and not more');
select look(600, 595);
select is(is_late('down'), true, 'who was late before stays it');
select tocsin_api.heartbeat_remove(null, 'down');

-- ----------------------------------------------------------------------
-- Many; and retention
-- ----------------------------------------------------------------------

select beat('many' || n) from generate_series(1, 25) n;
select is(array[look(130, i_limit => 10), look(131, i_limit => 10),
    look(132, i_limit => 10), look(133)], '{10, 10, 5, 0}',
    'no look takes more than the limit');
select is(count(*), 25::bigint, 'and all are found')
  from tocsin_internal.alert
 where external_id like 'heartbeat/many%' and resolved_at is null;
select say('resolve', 'many' || n, 140) from generate_series(1, 25) n;
select tocsin_api.heartbeat_remove(null, 'many' || n)
  from generate_series(1, 25) n;

-- In little time, whatever one of them costs.
alter function tocsin_internal.look_at_heartbeat rename to quick_look;
create function tocsin_internal.look_at_heartbeat(
    tocsin_internal.heartbeat, boolean, timestamptz, timestamptz)
returns tocsin_api.event_in[] language plpgsql as $$
begin
    perform pg_sleep(0.3);
    return tocsin_internal.quick_look($1, $2, $3, $4);
end;
$$;
select beat('slow' || n) from generate_series(1, 4) n;
select cmp_ok(look(130), '<', 4, 'a look ends after half a second');
drop function tocsin_internal.look_at_heartbeat;
alter function tocsin_internal.quick_look rename to look_at_heartbeat;
select cmp_ok(look(131), '>=', 1, 'the next one goes on');
select is(count(*), 4::bigint, 'until all are found')
  from tocsin_internal.alert
 where external_id like 'heartbeat/slow%' and resolved_at is null;
select say('resolve', 'slow' || n, 140) from generate_series(1, 4) n;
select tocsin_api.heartbeat_remove(null, 'slow' || n)
  from generate_series(1, 4) n;

insert into tocsin_internal.heartbeat (integration_id, name, period, grace,
       created_at, armed_at, look_at)
values ('int_plain', 'month', '840 hours', '1 hour', at(0), at(0),
       at(86400));
select say('resolve', 'month', 10);
select is(o_next_at, at(2 * 86400), 'a slow one is looked at each day')
  from tocsin_internal.look_at_heartbeats(at(86400), 10, at(-1000000));
set local tocsin.removes_events = on;
delete from tocsin_internal.event where external_id = 'heartbeat/month';
select is(heard('month'), at(10),
    'what was heard stays known when the event is gone');
select tocsin_api.heartbeat_remove(null, 'month');

-- ----------------------------------------------------------------------
-- Tick
-- ----------------------------------------------------------------------

select is(tocsin_internal.tick(at(0), 10), (0, false, null)
    ::tocsin_api.tick_result, 'nothing is due');
select beat('tick');
select is(next_at, at(120), 'tick knows what comes next')
  from tocsin_internal.tick(at(1), 10);
select is(ticked_at, at(1), 'and notes when it was')
  from tocsin_internal.ticker;
select is(done, 1, 'it is done by the clock')
  from tocsin_api.tick();
select is(done, 0, 'and not soon again, if it may rest')
  from tocsin_api.tick(200, '5 s');
update tocsin_internal.ticker set next_at = now();
update tocsin_internal.heartbeat set look_at = at(0);
select is(done, 1, 'unless something is left')
  from tocsin_api.tick(200, '5 s');
update tocsin_internal.ticker set ticked_at = now() + interval '1 hour';
update tocsin_internal.heartbeat set look_at = at(0);
select is(done, 1, 'a time in the future does not stop it')
  from tocsin_api.tick(200, '5 s');

create or replace function tocsin_internal.tick_heartbeats(
    i_now timestamptz, i_limit integer,
    out o_done integer, out o_next_at timestamptz)
language plpgsql as $$
begin
    update tocsin_internal.heartbeat set look_at = '2000-01-01';
    raise exception using errcode = 'TO999', message = 'broken';
end;
$$;
select is(done, 0, 'a part that fails is no error')
  from tocsin_api.tick();
select is(failure, 'tick_heartbeats: TO999 broken', 'but is noted')
  from tocsin_internal.ticker;
select cmp_ok(look_at, '>', at(0), 'and undone') from tocsin_internal.heartbeat;
select results_eq('select name, ok, detail from tocsin_api.tick_check()',
    $$ values ('tick', false,
        'it failed: tick_heartbeats: TO999 broken') $$, 'check tells');
update tocsin_internal.ticker set failed_at = null, ticked_at = now();
select is(ok, true, 'check is content') from tocsin_api.tick_check();
update tocsin_internal.ticker set ticked_at = now() - interval '301 s';
select is(detail, 'tick has not run for 5 minutes, but is needed for'
    ' 1 heartbeats', 'check tells that nobody ticks')
  from tocsin_api.tick_check();
update tocsin_internal.ticker set ticked_at = null;
select is(ok, false, 'or never did') from tocsin_api.tick_check();
update tocsin_internal.ticker set ticked_at = now() - interval '7 s';

-- ----------------------------------------------------------------------
-- Views
-- ----------------------------------------------------------------------

create function seen(i_ago interval, i_waits boolean default false)
returns text language plpgsql as $$
declare
    _seen   tocsin.heartbeats;
begin
    delete from tocsin_internal.heartbeat where name = 'seen';
    perform tocsin_api.heartbeat_add('seen', '1 d', '1 h', 'int_plain',
        i_waits => i_waits);
    update tocsin_internal.heartbeat
       set armed_at = case when i_ago is null then created_at
               else now() - interval '1 year' end,
           heard_at = now() - i_ago where name = 'seen';
    select * into _seen from tocsin.heartbeats where name = 'seen';
    return _seen.status || ' ' || coalesce((extract(epoch
        from _seen.due_at - now()) / 3600)::integer::text, '-');
end;
$$;
-- The server has not run for an hour.
select is(seen(null), 'new 25', 'view: not heard yet');
select is(seen(null, true), 'new -', 'view: waits to be heard');
select is(seen('2 h'), 'up 23', 'view: heard');
select is(seen('24 h'), 'grace 1', 'view: not in the last period');
select is(seen('26 h'), 'grace -1', 'view: no alarm after a restart');
update tocsin_internal.heartbeat set grace = '10 s' where name = 'seen';
update tocsin_internal.heartbeat set late_since = now();
select is(status, 'late', 'view: late')
  from tocsin.heartbeats where name = 'seen';
select results_eq(
    $$ select metric, integration, status, value::integer
         from tocsin.prometheus where metric ~ 'heartbeat|tick' order by 1 $$,
    $$ values ('tocsin_heartbeat_late', 'plain', '', 2),
              ('tocsin_tick_age_seconds', '', '', 7) $$,
    'prometheus: how many are late, and who looks');
select is(count(*), 2::bigint, 'tick_counts: the same for the responder')
  from tocsin_api.tick_counts();

-- ----------------------------------------------------------------------
-- What the operator does
-- ----------------------------------------------------------------------

select is((h.integration_name, h.status, h.heard_by, h.period_seconds,
        h.grace_seconds, h.urgency, h.has_token)::text,
    '(heartbeats,new,ping,86400,3600,high,f)', 'one is added')
  from tocsin_api.heartbeat_add('backup', '1 d', '1 h') h;
select is(h.integration_id, s.integration_id,
    'the next goes to the same integration')
  from tocsin_api.heartbeat_add('other', '1 mon', '1 h') h,
       tocsin_api.heartbeat_show(null, 'backup') s;
select is(period_seconds, 30 * 86400::bigint, 'a month has 30 days')
  from tocsin_api.heartbeat_show(null, 'other');
select is(every || ' ' || grace, '30d 1h', 'which is how it is written')
  from tocsin_api.heartbeat_show(null, 'other');
select is(tocsin_internal.short_time(n), s, s)
  from (values (90, '90s'), (900, '15m'), (7200, '2h'), (86401, '86401s'))
       t(n, s);
select is(status, 'up', 'a ping by hand is heard')
  from tocsin_api.heartbeat_ping(null, 'other');
update tocsin_internal.integration
   set enabled = false, disabled_at = now() where name = 'heartbeats';
select throws_ok($$ select tocsin_api.heartbeat_ping(null, 'other') $$,
    'TO422', null, 'but not by a disabled integration');
update tocsin_internal.integration
   set enabled = true, disabled_at = null where name = 'heartbeats';
select is(array_agg(name), '{backup, other, seen, tick}', 'all are listed')
  from tocsin_api.heartbeat_list();
select throws_ok(format('select tocsin_api.heartbeat_add(%s)', args), 'TO422',
    null, args)
  from unnest('{"''a b'', ''1 d'', ''1 h''",
      "null, ''1 d'', ''1 h''",
      "''a'', ''9 s'', ''1 h''",
      "''a'', ''1 d'', ''401 d''",
      "''a'', null, ''1 d''",
      "''a'', ''1 d'', ''1 h'', null, ''often''",
      "''a'', ''1 d'', ''1 h'', null, ''id''",
      "''a'', ''1 d'', ''1 h'', null, ''id'', ''heartbeat/b''",
      "''a'', ''1 d'', ''1 h'', null, ''any'', ''b''",
      "''a'', ''1 d'', ''1 h'', i_urgency => ''loud''",
      "''backup'', ''1 d'', ''1 h''"}'::text[]) args;
select throws_ok($$ select tocsin_api.heartbeat_add('a', '1 d', '1 h',
        'int_nobody') $$, 'TO404', null, 'an unknown integration');
select tocsin_api.heartbeat_add('backup', '1 d', '1 h', 'int_plain');
select throws_ok($$ select tocsin_api.heartbeat_pause(null, 'backup') $$,
    'TO422', null, 'a name that two have needs an integration');
select throws_ok($$ select tocsin_api.heartbeat_remove('int_token',
        'backup') $$, 'TO404', null, 'an unknown heartbeat');
select is((tocsin_api.heartbeat_remove('int_plain', 'backup')).name,
    'backup', 'one is removed');
select is(count(*), 1::bigint, 'and the other is there')
  from tocsin_api.heartbeat_list() where name = 'backup';

-- ----------------------------------------------------------------------
-- A model: pings, also by a spool, restarts and looks, in any order
-- ----------------------------------------------------------------------

create table played (what text, n integer);
create function play(i_seed float8, i_steps integer) returns text
language plpgsql as $$
declare
    _now        numeric := 0;
    _heard      numeric := 0; -- or armed
    _late       numeric; -- since
    _is_open    boolean := false;
    _started    numeric := -1000000;
    _was        numeric;
    _name       text := 'model' || round(i_seed * 100);
    _row        tocsin_internal.heartbeat;
begin
    perform setseed(i_seed), beat(_name);
    for _n in 1..i_steps loop
        _now := _now + (1 + floor(random() * 40));
        case floor(random() * 6)
        when 0 then
            perform say('resolve', _name, _now);
            _heard := _now;
            _is_open := false;
        when 1 then
            -- Received while the database was away.
            _was := greatest(1, _now - floor(random() * 200));
            perform say('resolve', _name, _was, 'spool');
            _heard := greatest(_heard, _was);
            if _is_open and _was > _late then
                _is_open := false;
                insert into played values ('resolved by a spooled ping', _n);
            elsif _is_open then
                insert into played values ('overtaken', _n);
            end if;
        when 2 then
            _started := _now;
        else
            update tocsin_internal.heartbeat set look_at = least(look_at,
                at(_now)) where name = _name and late_since is not null;
            perform look(_now, _started);
            if _heard + 120 > _now then
                insert into played select 'back', _n where _late is not null;
                _late := null;
                _is_open := false;
            elsif _late is distinct from _heard + 120 then
                if _now >= _started + 20 then
                    _late := _heard + 120;
                    _is_open := true;
                    insert into played values ('late', _n);
                else
                    insert into played values ('spared', _n);
                end if;
            end if;
        end case;
        select * into _row from tocsin_internal.heartbeat where name = _name;
        if _row.late_since is distinct from at(_late) then
            return format('step %s at %s: late since %s, expected %s', _n,
                _now, _row.late_since, at(_late));
        elsif _is_open <> ((alarm(_name)).alert_id is not null) then
            return format('step %s at %s: open %s expected', _n, _now,
                _is_open);
        end if;
    end loop;
    perform tocsin_api.heartbeat_remove(null, _name);
    return 'as the model';
end;
$$;
select is(play(seed / 100.0, 100), 'as the model', 'seed ' || seed)
  from generate_series(1, 8) seed;
select cmp_ok(count(*) filter (where p.what = w), '>', 5::bigint,
    format('%s: it happened', w))
  from played p, unnest('{late, back, spared, overtaken,
      resolved by a spooled ping}'::text[]) w group by w;

-- ----------------------------------------------------------------------
-- Long histories
-- ----------------------------------------------------------------------

select beat('busy'), beat('busy_any', 'any'), beat('busy_id', 'id', 'busy');
insert into tocsin_internal.event (event_id, received_at, source,
       integration_id, event_type, external_id, outcome, reason, from_status,
       to_status)
select make_id(at(n)), at(n), 'webhook', 'int_plain', 'resolve',
       case when n % 2 = 0 then 'heartbeat/busy' else 'busy' end, 'ignored',
       'unknown_id', 'none', 'none'
  from generate_series(1, 20000) n;
analyze tocsin_internal.event;
create function blocks(i_name text) returns integer language plpgsql as $$
declare
    _plan   json;
begin
    execute format('explain (analyze, buffers, timing off, format json)
        select * from tocsin_internal.heard where name = %L', i_name)
       into _plan;
    return (_plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::integer
        + (_plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::integer;
end;
$$;
select cmp_ok(blocks(name), '<', 150, name || ' is found by few pages')
  from unnest('{busy, busy_any, busy_id}'::text[]) name;
select is(heard(name), at(20000 - (name = 'busy_id')::integer),
    name || ': the newest is found')
  from unnest('{busy, busy_any, busy_id}'::text[]) name;
select say('resolve', 'busy', 20001);
update tocsin_internal.heartbeat set name = 'silent' where name = 'busy';
select cmp_ok(blocks('silent'), '<', 150,
    'also if nothing was heard in a long time');

select * from finish();
rollback;
