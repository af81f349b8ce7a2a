-- SPDX-License-Identifier: ISC
-- Whom the routes notify, and when: random histories against a model, then what
-- the model leaves out.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

create table base as
select date_trunc('hour', now()) - interval '3 hours' as at;
create function at(i_minutes numeric) returns timestamptz
language sql stable as $$
    select at + i_minutes * interval '1 minute' from base
$$;
create function tick(i_minutes numeric) returns void language plpgsql as $$
begin
    perform tocsin_internal.tick_outbox(at(i_minutes), 1000);
    perform tocsin_internal.tick_escalations(at(i_minutes), 1000);
    perform tocsin_internal.tick_fallbacks(at(i_minutes), 1000);
    perform tocsin_internal.tick_expiry(at(i_minutes), 1000);
end;
$$;
-- All that is due arrives.
create function arrive() returns void language sql as $$
    update tocsin_internal.delivery
       set state = 'sending', message_id = notice_id, leased_by = notice_id,
           leased_until = 'infinity'
     where state = 'due';
    update tocsin_internal.delivery
       set state = 'sent', sent_at = created_at, leased_by = null,
           leased_until = null
     where state = 'sending'
$$;
create function minute_of(i_at timestamptz) returns numeric
language sql stable as $$
    select trunc(extract(epoch from i_at - at) / 60, 1) from base
$$;
-- What became due to be told, as DESTINATION NOTICE@MINUTE.
create function told(i_id text) returns text[] language sql as $$
    select coalesce(array_agg(format('%s %s@%s', d.name, v.notice,
               trim_scale(minute_of(v.created_at))) order by v.delivery_id),
               '{}')
      from tocsin_internal.alert a
      join tocsin_internal.delivery v using (alert_id)
      join tocsin_internal.destination d using (destination_id)
     where a.external_id = i_id
$$;
create function destination(i_name text, variadic i_more text[] default '{}')
returns text language sql as $$
    insert into tocsin_internal.destination
        (destination_id, name, kind, address, forget_resolved)
    values ('dst_' || substr(md5(i_name), 1, 12), i_name, 'command', 'page',
            'forget' = any (i_more))
    returning destination_id
$$;
create function route(i_name text, i_continues boolean default false)
returns integer language sql as $$
    insert into tocsin_internal.route (position, name, continues)
    select coalesce(max(position), 0) + 1, i_name, i_continues
      from tocsin_internal.route
    returning route_id
$$;
create function step(i_route text, i_destination text, i_minutes numeric,
    i_until text default 'acknowledged', i_every numeric default null,
    i_max integer default 10)
returns void language sql as $$
    insert into tocsin_internal.step (route_id, step_no, destination_id,
           after, until, repeat_every, repeat_max)
    select r.route_id, (select count(*) from tocsin_internal.step s
            where s.route_id = r.route_id) + 1,
           'dst_' || substr(md5(i_destination), 1, 12),
           i_minutes * interval '1 minute', i_until::tocsin_internal.status,
           i_every * interval '1 minute', i_max
      from tocsin_internal.route r
     where r.name = i_route
$$;

-- ----------------------------------------------------------------------
-- Random histories
-- ----------------------------------------------------------------------

select coalesce(nullif(current_setting('tocsin.seed', true), ''),
    trunc(extract(epoch from clock_timestamp()))::text) as seed \gset
select diag('seed ' || :'seed');
select setseed((:'seed'::bigint % 1000003) / 1000003.0);
savepoint random_history;

-- Destinations d1 to d4 are told by any step; one with reminders is told by
-- its step alone.  Not left to chance: the first two steps tell the same
-- destination, of every change, and the third has reminders.
select destination(n) from unnest('{d1, d2, d3, d4}'::text[]) n;
create table wish as
select s.n as step, 1 + (s.n - 1) / 3 as route,
       case when s.n <= 2 then 3 * (s.n - 1)
            else floor(random() * 5)::integer end as after,
       case when random() < 0.3 then 'resolved' else 'acknowledged' end
           as until,
       e.every, case when s.n <= 2 then 'd1'
                     when e.every is not null then 'r' || s.n
                     else 'd' || 1 + floor(random() * 4)::integer end
           as destination,
       1 + floor(random() * 3)::integer as most
  from generate_series(1, 12) s(n)
 cross join lateral (
       select case when s.n = 3 or s.n > 3 and random() < 0.4
                   then 1 + floor(random() * 3)::integer end as every) e;
select destination(destination) from wish where every is not null;
create table flag as
select name, name = 'd1' or random() < 0.7 as on_acknowledged,
       name = 'd1' or random() < 0.7 as on_resolved
  from tocsin_internal.destination;
-- Routes by tag; each continues or not.
create table way as
select n as route, 't' || n as tag, random() < 0.5 as continues
  from generate_series(1, 4) n;
insert into tocsin_internal.route (position, name, tags, continues)
select route, 'route' || route, array[tag], continues from way order by route;
select step('route' || route, destination, after, until, every, most)
  from wish order by wish.step;
update tocsin_internal.step s
   set tell_acknowledged = f.on_acknowledged, tell_resolved = f.on_resolved
  from tocsin_internal.destination d, flag f
 where d.destination_id = s.destination_id and f.name = d.name;

create table story as
select 'X' || s.n as id, s.n,
       array(select tag from way where random() + s.n * 0 < 0.5) as tags,
       floor(random() * 10)::integer as created,
       case when random() < 0.6 then floor(random() * 8)::integer end
           as to_acknowledge,
       case when random() < 0.7 then floor(random() * 12)::integer end
           as to_resolve
  from generate_series(1, 60) s(n);
create view history as
select id, tags, created,
       case when to_resolve < to_acknowledge then null
            else created + to_acknowledge end as acknowledged,
       created + to_resolve as resolved
  from story;

do $$
declare
    _story  record;
begin
    for _minute in 0..24 loop
        for _story in select * from fixture.history order by random() loop
            if _story.created = _minute then
                perform post('create', _story.id,
                    i_received_at => at(_minute),
                    i_event_id => make_id(at(_minute)),
                    i_tags => _story.tags::text);
            elsif _story.created < _minute and random() < 0.1 then
                perform post('create', _story.id,
                    i_received_at => at(_minute))
                   from newest(_story.id) a
                  where a.resolved_at is null;
            end if;
            if _story.acknowledged = _minute then
                perform post('acknowledge', _story.id,
                    i_received_at => at(_minute));
            end if;
            if _story.resolved = _minute then
                perform post('resolve', _story.id,
                    i_received_at => at(_minute));
            end if;
        end loop;
        perform tocsin_internal.tick_outbox(at(_minute), 1000);
        perform arrive();
        perform tocsin_internal.tick_escalations(at(_minute), 1000);
        perform arrive();
    end loop;
end;
$$;

create view firing as -- minutes at which a step is due, its alert willing
select h.*, w.step, w.destination, f.nth, t.minute
  from history h
  join way y on y.tag = any (h.tags)
   and not exists (
       select from way z
        where z.route < y.route and z.tag = any (h.tags)
          and not z.continues)
  join wish w on w.route = y.route
 cross join lateral generate_series(0, case when w.every is null then 0
       else w.most end) f(nth)
 cross join lateral (
       select h.created + w.after + f.nth * coalesce(w.every, 0) as minute) t
 where t.minute <= 24
   and (w.after = 0 and f.nth = 0
       or t.minute < coalesce(h.resolved, 99)
           and (w.until = 'resolved'
               or t.minute < coalesce(h.acknowledged, 99)));
create view model as
select distinct id, destination,
       case when minute = min(minute) over (partition by id, destination)
            then 'created'
            when nth = 0 then 'escalated' else 'reminder' end as notice,
       minute
  from firing
 union all
select distinct f.id, f.destination, 'acknowledged', f.acknowledged
  from firing f
  join flag d on d.name = f.destination
 where d.on_acknowledged
   and (f.minute < f.acknowledged or f.minute = f.created
       and f.minute = f.acknowledged
       and exists (select from wish w where w.step = f.step and w.after = 0))
 union all
select distinct f.id, f.destination, 'resolved', f.resolved
  from firing f
  join flag d on d.name = f.destination
 where d.on_resolved
   and (f.minute < f.resolved or f.minute = f.created
       and f.minute = f.resolved
       and exists (select from wish w where w.step = f.step and w.after = 0));
select set_eq(
    $$ select a.external_id::text, d.name, v.notice::text,
              minute_of(v.created_at)::integer
         from tocsin_internal.delivery v
         join tocsin_internal.alert a using (alert_id)
         join tocsin_internal.destination d using (destination_id) $$,
    'select id, destination, notice, minute from model',
    'random alerts are told as the model has it');
select cmp_ok(count(m), '>', 0::bigint,
    format('the model had some of %s', notice))
  from unnest('{created, escalated, reminder, acknowledged,
           resolved}'::text[]) notice
  left join model m using (notice)
 group by notice;
select is(count(*), 0::bigint, 'no chain outlives its alert')
  from tocsin_internal.escalation e
  join tocsin_internal.alert a using (alert_id)
 where a.resolved_at is not null;
rollback to random_history;

-- ----------------------------------------------------------------------
-- What a route takes
-- ----------------------------------------------------------------------

savepoint routes;
select destination('x');
create function create_alert(i_id text, variadic i_tags text[] default '{}')
returns void language sql as $$
    select post('create', i_id, i_received_at => at(0),
               i_event_id => make_id(at(0)), i_tags => i_tags::text,
               i_title => 'Disk of DB-1 is full',
               i_urgency => nullif(split_part(i_id, '-', 2), ''))
$$;
select create_alert('a', 'db', 'eu');
select create_alert('b-silent', 'db', 'eu');
select create_alert('c-high');
create function takes(i_id text, i_set text default 'name = name')
returns boolean language plpgsql as $$
declare
    _found  boolean;
begin
    execute 'update tocsin_internal.route set ' || i_set;
    select count(*) > 0 into _found
      from tocsin_internal.routes_of(newest(i_id));
    return _found;
end;
$$;
select route('one');
select ok(takes('a'), 'a route without conditions takes an alert');
select ok(not takes('b-silent'), 'but not a silent one');
select is(takes('a', set), verdict, 'route with ' || set)
  from (values
       ('tags = ''{db}''', true), ('tags = ''{db,eu}''', true),
       ('tags = ''{db,us}''', false), ('tags = ''{}''', true),
       ('urgency_min = ''high''', false), ('urgency_min = ''medium''', true),
       ('integration_id = ''int_token''', false),
       ('integration_id = ''int_plain''', true),
       ('incident_only = true', false), ('incident_only = false', true),
       ('title_like = ''%of db-_ is%''', true),
       ('title_like = ''of db''', false), ('title_like = null', true),
       ('enabled = false', false), ('enabled = true', true)) t(set, verdict);
select route('two', true), route('three', true), route('four'), route('five');
update tocsin_internal.route set continues = true where name = 'one';
select results_eq(
    $$ select name from tocsin_internal.routes_of(newest('a')) $$,
    $$ values ('one'), ('two'), ('three'), ('four') $$,
    'routes are taken while they continue');
update tocsin_internal.route set tags = '{us}' where name = 'four';
select results_eq(
    $$ select name from tocsin_internal.routes_of(newest('a')) $$,
    $$ values ('one'), ('two'), ('three'), ('five') $$,
    'one that does not match ends nothing');
rollback to routes;

-- ----------------------------------------------------------------------
-- What the model leaves out
-- ----------------------------------------------------------------------

create function create_at(i_id text, i_minutes numeric) returns void
language sql as $$
    select post('create', i_id, i_received_at => at(i_minutes),
               i_event_id => make_id(at(i_minutes)))
$$;
create function move_at(i_type text, i_id text, i_minutes numeric)
returns void language sql as $$
    select post(i_type, i_id, i_received_at => at(i_minutes),
               i_event_id => make_id(at(i_minutes)))
$$;
select destination('chat'), destination('boss'), destination('night', 'forget');
select route('all');
select step('all', 'chat', 0), step('all', 'boss', 10, 'acknowledged', 15, 3);

-- An alert that comes and goes between two ticks.
select create_at('brief', 0), move_at('acknowledge', 'brief', 0.1),
    move_at('resolve', 'brief', 0.2);
select tick(1);
select is(told('brief'),
    '{chat created@1, chat acknowledged@1, chat resolved@1}'::text[],
    'an alert that came and went between two ticks is told whole');
select is((select array_agg(notice_id) from tocsin_internal.delivery),
    (select array_agg(event_id order by event_id)
       from tocsin_internal.event e
       join tocsin_internal.alert a using (alert_id)
      where a.external_id = 'brief'),
    'under the ids of its events');

-- Reminders after a pause.
select create_at('paused', 2);
select tick(2); select arrive(); select tick(12); select arrive();
select tick(75); select arrive();
select is(told('paused'),
    '{chat created@2, boss created@12, boss reminder@75}'::text[],
    'an hour without tick is made up for by one reminder');
select is(minute_of(due_at), 87.0, 'and the next keeps the rhythm')
  from tocsin_internal.escalation;
select tick(87); select tick(102);
select is(told('paused'), '{chat created@2, boss created@12,
    boss reminder@75, boss reminder@87}'::text[],
    'no reminder while the one before waits');
select arrive(); select tick(117); select arrive(); select tick(132);
select is((told('paused'))[5:], '{boss reminder@117}'::text[],
    'and no more than repeat_max');
select is_empty('select from tocsin_internal.escalation',
    'then the chain has ended');

-- Told is what was not cancelled.
create function cancelled(i_id text, i_destination text) returns integer
language sql as $$
    select tocsin_api.delivery_cancel(array(
        select v.delivery_id
          from tocsin_internal.delivery v
          join tocsin_internal.destination d using (destination_id)
         where v.alert_id = (newest(i_id)).alert_id
           and d.name = i_destination
           and v.state = 'due'))
$$;
create function due(i_id text) returns text[] language sql as $$
    select array_agg(format('%s %s', d.name, v.notice) order by v.delivery_id)
      from tocsin_internal.delivery v
      join tocsin_internal.destination d using (destination_id)
     where v.alert_id = (newest(i_id)).alert_id
       and v.state = 'due'
$$;
savepoint cancelling;
select step('all', 'chat', 10), step('all', 'chat', 10),
    step('all', 'chat', 20);
select create_at('cancel', 132); select tick(132);
select is(cancelled('cancel', 'chat'), 1, 'a delivery is cancelled');
select tick(142);
select is(due('cancel'), '{chat created, boss created}'::text[],
    'the next step to that destination tells it, once');
select is(notice_id, alert_id, 'under the id of the event')
  from tocsin_internal.delivery
 where alert_id = (newest('cancel')).alert_id and notice = 'created'
   and destination_id = 'dst_' || substr(md5('chat'), 1, 12);
select arrive(); select tick(152);
select is(due('cancel'), '{chat escalated}'::text[],
    'and the one after that again');
select is(cancelled('cancel', 'chat'), 1, 'what was told stays told');
select tick(157);
select is(due('cancel'), '{boss reminder}'::text[], 'also to others');
select is(cancelled('cancel', 'boss'), 1, 'a reminder is cancelled');
select tick(172);
select is(due('cancel'), '{boss reminder}'::text[], 'and the next is not');
select move_at('resolve', 'cancel', 173); select tick(173);
select is(due('cancel'), '{boss reminder, chat resolved, boss resolved}'
    ::text[], 'who was told hears that it is over');
rollback to cancelling;
select create_at('never', 132); select tick(132);
select is(cancelled('never', 'chat'), 1, 'who was to be told');
select move_at('resolve', 'never', 133); select tick(133);
select is(due('never'), null, 'and was not, hears nothing');
rollback to cancelling;

-- Configuration that changes under a chain.
select create_at('changed', 140); select tick(140);
select is(count(*), 1::bigint, 'a chain has begun')
  from tocsin_internal.escalation;
update tocsin_internal.route set enabled = false; select tick(151);
select is(told('changed'), '{chat created@140}'::text[],
    'a route that was disabled tells nobody');
select is_empty('select from tocsin_internal.escalation', 'its chain ends');
update tocsin_internal.integration set watched = true;
select tick(151);
select ok(watched, 'who was told of a live alert must hear that it is over')
  from tocsin_internal.integration where integration_id = 'int_plain';
select is_empty(
    $$ select from tocsin_internal.integration
        where watched and integration_id <> 'int_plain' $$,
    'other integrations are not watched any more');
select move_at('resolve', 'changed', 152), move_at('resolve', 'paused', 152);
select tick(152); select tick(153);
select is((told('changed'))[2:], '{chat resolved@152}'::text[], 'and is told');
select ok(not watched, 'then the watch ends')
  from tocsin_internal.integration where integration_id = 'int_plain';
update tocsin_internal.route set enabled = true;

-- Two routes, one destination.
update tocsin_internal.route set continues = true;
select route('again'); select step('again', 'chat', 0),
    step('again', 'boss', 10);
select create_at('twice', 154); select tick(154); select tick(164);
select is(told('twice'), '{chat created@154, boss created@164}'::text[],
    'two routes to one destination tell it once');
select move_at('resolve', 'twice', 165); select tick(165); select arrive();

-- Forgetting.
delete from tocsin_internal.step;
select step('again', 'night', 0), step('again', 'chat', 0);
select create_at('slept', 166); select tick(166);
select move_at('acknowledge', 'slept', 166.5); select tick(166.5);
select move_at('resolve', 'slept', 167); select tick(167);
select is(array_agg(d.name || ' ' || v.notice || ' ' || v.state
        order by d.name, v.delivery_id),
    '{chat created due, chat acknowledged due, chat resolved due,
      night created cancelled, night acknowledged cancelled}'::text[],
    'a destination can forget what was resolved before it was told')
  from tocsin_internal.delivery v
  join tocsin_internal.destination d using (destination_id)
 where v.alert_id = (newest('slept')).alert_id;
select arrive();

-- An alert that was over before it was stored.
select make_id(at(168)) as late \gset
select move_at('resolve', 'overtaken', 168.5);
select post('create', 'overtaken', i_received_at => at(168),
    i_event_id => :'late', i_source => 'spool');
select is((newest('overtaken')).status::text, 'resolved',
    'an alert is over when it is created');
select tick(169);
select is(told('overtaken'), '{}'::text[], 'it is told to nobody');
select is_empty('select from tocsin_internal.outbox', 'and done');

-- Fallbacks.
update tocsin_internal.destination
   set fallback_id = 'dst_' || substr(md5('boss'), 1, 12)
 where name = 'chat';
select create_at('broken', 170), create_at('mended', 170); select tick(170);
update tocsin_internal.destination_state set broken_since = at(170)
 where destination_id = 'dst_' || substr(md5('chat'), 1, 12);
select move_at('resolve', 'mended', 171); select tick(174.9);
select is((told('broken'))[3:], '{}'::text[],
    'a fallback waits for its time');
select tick(175); select tick(176);
select is((told('broken'))[3:], '{boss created@175}'::text[],
    'then it is told what waits, once');
select is(count(*), 0::bigint, 'but not of what is over')
  from unnest(told('mended')) t where t like 'boss%';
select is(count(distinct notice_id), 1::bigint, 'under the same id')
  from tocsin_internal.delivery
 where alert_id = (newest('broken')).alert_id and notice = 'created';
select move_at('resolve', 'broken', 177); select tick(177);
select ok('boss resolved@177' = any (told('broken')),
    'and it is told that it is over');

-- Time that is over.
update tocsin_internal.delivery set state = 'sending', message_id = notice_id,
       leased_by = notice_id, leased_until = at(178)
 where alert_id = (newest('broken')).alert_id and notice = 'created'
   and state = 'due';
select tick(177.9);
select cmp_ok(count(*), '>', 1::bigint, 'a lease holds')
  from tocsin_internal.delivery where state = 'sending';
select tick(178);
select is(count(*), 0::bigint, 'until it is over')
  from tocsin_internal.delivery where state = 'sending';
select tick(177 + 72 * 60);
select is_empty(
    $$ select from tocsin_internal.delivery where state = 'due' $$,
    'what was tried for long enough is dead');
select matches(reason, '^given up after 4320 minutes(: the relay.*)?$',
    'with the reason')
  from tocsin_internal.delivery where state = 'dead' limit 1;

-- A row that cannot be planned.
select create_at('good', 178), create_at('bad', 178), create_at('fine', 178);
create function fixture.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'refused';
end;
$$;
select alert_id as bad from newest('bad') \gset
select format('create trigger refuse before insert on
    tocsin_internal.delivery for each row when (new.alert_id = %L)
    execute function fixture.refuse()', :'bad') \gexec
select is((select o_done from tocsin_internal.tick_outbox(at(179), 100)), 2,
    'a row that cannot be planned stops no other');
select is(told('good') || told('fine'),
    '{night created@179, chat created@179, night created@179,
      chat created@179}'::text[], 'which are told');
select is(alert_id, :'bad', 'and it stays')
  from tocsin_internal.outbox;
select is((failed_at, failure)::text, (at(179), format('tick_outbox, event %s:'
        ' P0001 refused', event_id))::text, 'which is noted')
  from tocsin_internal.ticker, tocsin_internal.outbox;
select create_at('behind', 179);
select is(array[(tocsin_internal.tick_outbox(at(179), 1)).o_done,
    (tocsin_internal.tick_outbox(at(179), 1)).o_done], '{0,1}',
    'it holds up none that came later');

-- A step that cannot be done.
select step('again', 'boss', 1);
select create_at('stuck', 180), create_at('later', 180); select tick(180);
select alert_id as stuck from newest('stuck') \gset
select format('create trigger refuse_step before insert on
    tocsin_internal.delivery for each row when (new.alert_id = %L)
    execute function fixture.refuse()', :'stuck') \gexec
select tick(181);
select ok('boss escalated@181' = any (told('later')),
    'a step that cannot be done stops no other');
select is((failed_at, failure)::text, (at(181), format('tick_escalations,'
        ' alert %s: P0001 refused', :'stuck'::uuid))::text, 'which is noted')
  from tocsin_internal.ticker;
drop trigger refuse_step on tocsin_internal.delivery;
select tick(182);
select ok('boss escalated@182' = any (told('stuck')),
    'and it is done a minute later');

select * from finish();
rollback;
