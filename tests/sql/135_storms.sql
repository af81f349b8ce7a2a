-- SPDX-License-Identifier: ISC
-- A storm of alerts, and a destination that is down for an hour: what arrives
-- where, and when, with a relay in simulated time.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

create table base as
select date_trunc('hour', now()) - interval '3 hours' as at;
create function at(i_second numeric) returns timestamptz
language sql stable as $$
    select at + i_second * interval '1 second' from base
$$;
create function second_of(i_at timestamptz) returns numeric
language sql stable as $$
    select trunc(extract(epoch from i_at - at)) from base
$$;
select gen_random_uuid() as relay \gset
select tocsin_api.relay_hello(:'relay', 'host', 1, '1.0',
    tocsin_api.clock_us());
select set_config('test.relay', :'relay', true);

-- Events of one integration, all of one moment and in one batch.
create function send(i_second numeric, i_type text, i_integration text,
    variadic i_ids text[])
returns void language sql as $$
    select count(*)
      from tocsin_api.ingest((
           select array_agg(row(make_id(at(i_second)), at(i_second),
                      'webhook', i_integration, null, i_type, id,
                      case when i_type = 'create' then 'Title ' || id end,
                      case when i_type = 'create' then '' end,
                      case when i_integration = 'int_plain' then 'high'
                          else 'low' end, '{}', '{}', '{}'::jsonb, false,
                      null, null, null, '{}', null, '192.0.2.1')
                      ::tocsin_api.event_in order by n)
             from unnest(i_ids) with ordinality ids(id, n)))
$$;
create function ids(i_prefix text, i_n integer) returns text[]
language sql immutable as $$
    select array_agg(i_prefix || ' ' || n) from generate_series(1, i_n) n
$$;

-- What was sent; status: of the answer, null: there is none for 15 seconds.
create table message as
select 0 as n, 0::numeric as second, 0::numeric as answer_at, null::integer
       as status, j.*
  from (select (null::tocsin_api.job).*) j limit 0;
create sequence message_number;
create table down (destination_id text); -- those that do not answer

-- A round of the relay: results, ticks and claims until nothing is left that
-- is due.  What answers does so at once.
create function do_round(i_second numeric) returns void language plpgsql as $$
declare
    _relay  constant uuid := current_setting('test.relay')::uuid;
    _m      record;
begin
    perform tocsin_internal.meet_relay(_relay, at(i_second));
    -- In one transaction autovacuum does not.
    if i_second::integer % 200 = 0 then
        analyze tocsin_internal.delivery, tocsin_internal.alert,
            tocsin_internal.event, tocsin_internal.outbox;
    end if;
    loop
        for _m in
            update message
               set answer_at = null
             where answer_at <= i_second
            returning message_id, status
        loop
            perform tocsin_internal.note_result(_relay, row(_m.message_id,
                null, null, null, 1, _m.status, null, null, null, null)
                ::tocsin_internal.attempt, null, at(i_second));
        end loop;
        while (tocsin_internal.tick(at(i_second), 200)).done >= 200 loop
        end loop;
        insert into message
        select nextval('message_number'), i_second,
               i_second + case when d.destination_id is null then 0
                              else 15 end,
               case when d.destination_id is not null then null
                    when j.kind = 'webhook' then 200 else 0 end,
               j.*
          from tocsin_internal.claim(_relay, 64 - (
                   select count(*) from message where answer_at is not null)
                   ::integer, at(i_second)) j
          left join down d using (destination_id);
        exit when not found;
    end loop;
end;
$$;
create function name_of(i_destination text) returns text
language sql stable as $$
    select name from tocsin_internal.destination
     where destination_id = i_destination
$$;

-- ----------------------------------------------------------------------
-- A storm
-- ----------------------------------------------------------------------

savepoint storm;
select tocsin_api.destination_add('duty', 'mail', 'duty@example.org', null);
select tocsin_api.route_add('all', '[{"to": "duty"}]');

-- A thousand alerts of one integration in a minute, and a minor one of
-- another, nobody sends another for five minutes.
do $$
begin
    perform send(0, 'create', 'int_plain', 'first');
    perform do_round(0);
    for _s in 1..59 loop
        perform send(_s, 'create', 'int_plain',
            variadic ids('minute ' || _s, case when _s < 57 then 17
                when _s = 57 then 15 else 16 end));
        if _s = 30 then
            perform send(_s, 'create', 'int_capture', 'lone');
        end if;
        perform do_round(_s);
    end loop;
    for _s in 6..35 loop
        perform do_round(10 * _s);
    end loop;
end;
$$;
select is(count(*), 1001::bigint, 'a thousand alerts in a minute, and one')
  from tocsin_internal.alert;
select is(array_agg(second order by n), '{0,60}'::numeric[],
    'are told in two mails')
  from message;
select is(mail_subject, 'High: Title first (plain)', 'at once the first')
  from message where second = 0;
select is(mail_subject, 'High: 1000 alerts, 1000 open', 'then all the rest')
  from message where second = 60;
select matches(body, E'\nlow: Title lone \\(capturing\\), opened',
    'and the lone one has a line')
  from message where second = 60;
select matches(body, E'\nplain: 994 more, 994 open\n',
    'beside those that have none')
  from message where second = 60;

-- An hour of it, of which every other alert is resolved later.
do $$
begin
    for _s in 12..131 loop
        perform send(30 * _s, 'create', 'int_plain',
            variadic ids('hour ' || _s, 24));
        if _s % 2 = 0 and _s > 20 then
            perform send(30 * _s, 'resolve', 'int_plain',
                variadic ids('hour ' || _s - 7, 24));
        end if;
        perform do_round(30 * _s);
    end loop;
end;
$$;
select cmp_ok(count(*), '<=', 20::bigint, 'an hour of storm: 20 mails at most')
  from message where second >= 360 and second < 3960;
select cmp_ok(count(*), '>=', 5::bigint, 'and not none')
  from message where second >= 360 and second < 3960;
select cmp_ok(max(gap), '<=', 900::numeric, 'a quarter of an hour apart')
  from (select second - lag(second) over (order by n) as gap
          from message where second >= 360) g;
do $$
begin
    for _s in 132..165 loop
        perform do_round(30 * _s);
    end loop;
end;
$$;

-- The numbers.
create view carried as
select m.n, m.mail_subject, m.body, count(v.delivery_id) as deliveries,
       count(distinct v.alert_id) as alerts
  from message m
  left join tocsin_internal.delivery v using (message_id)
 group by m.n, m.mail_subject, m.body;
select is(count(*), count(distinct event_id),
    'every transition became a delivery, once')
  from tocsin_internal.event e
  full join tocsin_internal.delivery v on v.notice_id = e.event_id
 where e.outcome in ('created', 'resolved');
select is(array_agg(distinct state::text), '{sent}'::text[],
    'that was sent')
  from tocsin_internal.delivery;
select is(sum(deliveries)::bigint,
    (select count(*) from tocsin_internal.delivery),
    'in one of the mails')
  from carried;
select is(count(*), 0::bigint, 'each mail says how many alerts it tells of')
  from carried
 where coalesce(substring(mail_subject from ': (\d+) alerts')::bigint, 1)
       <> alerts;
select is(count(*), 0::bigint, 'and has a line for each or counts it')
  from carried c
 where alerts > 1
   and alerts <> (
       select count(*)
         from regexp_matches(c.body, '^(critical|high|medium|low|silent): ',
                  'gn')) + (
       select coalesce(sum(r[1]::bigint), 0)
         from regexp_matches(c.body, '^[a-z]+: (\d+) more, ', 'gn') r);
select cmp_ok(count(*), '>', 5::bigint, 'some have more than they list')
  from carried where body ~ ' more, ';
rollback to storm;

-- ----------------------------------------------------------------------
-- One destination of ten is down for an hour
-- ----------------------------------------------------------------------

savepoint outage;
select tocsin_api.destination_add('boss', 'webhook',
    'https://example.org/boss', 'standard');
select tocsin_api.destination_add('hook' || n, 'webhook',
    'https://example.org/hook' || n, 'standard',
    case n when 9 then '{"fallback": "boss"}' else '{}' end::jsonb)
  from generate_series(0, 9) n;
select tocsin_api.route_add('all', jsonb_agg(jsonb_build_object(
    'to', 'hook' || n) order by n)) from generate_series(0, 9) n;

-- An alert every minute; of two, one is resolved after three minutes.
create function do_work(i_from integer, i_to integer) returns void
language plpgsql as $$
begin
    for _s in i_from / 20 .. i_to / 20 - 1 loop
        if _s % 3 = 0 then
            perform send(20 * _s, 'create', 'int_plain', 'alert ' || _s);
        end if;
        if _s % 6 = 3 and _s >= 9 then
            perform send(20 * _s, 'resolve', 'int_plain', 'alert ' || _s - 9);
        end if;
        perform do_round(20 * _s);
    end loop;
end;
$$;
create function state_of(i_name text)
returns tocsin_internal.destination_state language sql as $$
    select s from tocsin_internal.destination_state s
      join tocsin_internal.destination d using (destination_id)
     where d.name = i_name
$$;
select do_work(0, 600);
insert into down
select destination_id from tocsin_internal.destination where name = 'hook9';
select do_work(600, 4200);
select second_of((state_of('hook9')).broken_since) as broken \gset
select cmp_ok(:broken::numeric, '<=', 780::numeric,
    'what does not answer is broken soon');
select cmp_ok(count(*), '<=', 16::bigint,
    'and costs few requests in an hour')
  from message where second >= 600 and name_of(destination_id) = 'hook9';

-- It comes back when that is worst: just when the probe has failed.
create function work_to_probe(i_from integer) returns integer
language plpgsql as $$
declare
    _probes constant bigint := (
        select count(*) from message
         where name_of(destination_id) = 'hook9');
    _second integer := i_from;
begin
    while _probes = (
        select count(*) from message
         where name_of(destination_id) = 'hook9')
    loop
        perform do_work(_second, _second + 20);
        _second := _second + 20;
    end loop;
    perform do_work(_second, _second + 20);
    return _second + 20;
end;
$$;
select work_to_probe(4200) as back \gset
truncate down;
select do_work(:back, :back + 660);

select is(max(second_of(v.sent_at) - second_of(v.created_at)), 0::numeric,
    format('%s is told as fast as ever', d.name))
  from tocsin_internal.delivery v
  join tocsin_internal.destination d using (destination_id)
 where d.name like 'hook_' and d.name <> 'hook9'
 group by d.name;
select is(count(*), 9 * (
        select count(*) from tocsin_internal.event
         where outcome in ('created', 'resolved')),
    'all of the nine of everything')
  from tocsin_internal.delivery v
  join tocsin_internal.destination d using (destination_id)
 where d.name like 'hook_' and d.name <> 'hook9' and v.state = 'sent';

-- The one that was down.
select cmp_ok(min(second), '<=', :back + 600::numeric,
    'it is asked again within ten minutes of its return')
  from message
 where second >= :back and name_of(destination_id) = 'hook9';
select is(max(second) - min(second), 0::numeric,
    'and then told at once of all that waited')
  from message
 where second >= :back and name_of(destination_id) = 'hook9'
   and alert_id in (
       select alert_id from tocsin_internal.alert
        where created_at < at(:back));
select is(array_agg(distinct state::text), '{sent}'::text[],
    'nothing is left or lost')
  from tocsin_internal.delivery
 where name_of(destination_id) = 'hook9';
create view arrived as
select name_of(destination_id) as name, notice, notice_id, alert_id,
       count(*) as times, min(n) as n
  from message
 where status is not null
 group by 1, 2, 3, 4;
select is(count(*), 0::bigint, 'of each alert in order')
  from arrived a
  join arrived b using (name, alert_id)
 where a.notice = 'created' and b.notice = 'resolved' and a.n > b.n;
select is(array_agg(distinct times), '{1}'::bigint[], 'and once')
  from arrived;

-- Its fallback.
create view fallen as
select v.*, a.created_at as opened_at, a.resolved_at
  from tocsin_internal.delivery v
  join tocsin_internal.alert a using (alert_id)
 where name_of(v.destination_id) = 'boss';
select is(second_of(min(created_at)), :broken + 300::numeric,
    'after five minutes its fallback is told')
  from fallen;
select is(array_agg(distinct state::text), '{sent}'::text[], 'and takes it')
  from fallen;
select is(count(*), 0::bigint, 'what waited for live alerts')
  from fallen where resolved_at < created_at;
select is(count(*), 0::bigint, 'all of that')
  from tocsin_internal.delivery w
  join tocsin_internal.alert a using (alert_id)
 where name_of(w.destination_id) = 'hook9'
   and w.sent_at >= at(:back)
   and w.created_at < at(:back)
   and (a.resolved_at is null or a.resolved_at > greatest(w.created_at,
           at(:broken + 300)))
   and not exists (
       select from fallen f where f.notice_id = w.notice_id);

-- Tocsin's own alert.
select is(string_agg(format('%s %s, told: %s', a.external_id, a.status, array(
        select name_of(v.destination_id) || ' ' || v.notice
          from tocsin_internal.delivery v
         where v.alert_id = a.alert_id
           and name_of(v.destination_id) in ('hook0', 'hook9')
         order by v.delivery_id)::text), '; '),
    'destination/hook9 resolved, told: {"hook0 created","hook0 resolved"}',
    'one alert says that it is down, to the others, and ends')
  from tocsin_internal.alert a
 where a.integration_id not in (
       'int_plain', 'int_token', 'int_off', 'int_capture');
select is(second_of(created_at), :broken + 300::numeric,
    'after five minutes, too')
  from tocsin_internal.alert where external_id = 'destination/hook9';

rollback to outage;

-- ----------------------------------------------------------------------
-- To take of what waits costs the same, however much it is
-- ----------------------------------------------------------------------

select tocsin_api.destination_add('late', 'webhook',
    'https://example.org/late', 'standard', '{"in_flight_max": 16}');
select tocsin_api.route_add('late', '[{"to": "late"}]');
do $$
begin
    for _type in 1..3 loop
        perform send(6000, ('{create,acknowledge,resolve}'::text[])[_type],
            'int_capture', variadic ids('late', 600));
    end loop;
    while (tocsin_internal.tick(at(6000), 1000)).done >= 1000 loop
    end loop;
end;
$$;
analyze tocsin_internal.delivery;
create function rows_read() returns bigint language sql volatile as $$
    select sum(pg_stat_get_xact_tuples_returned(c.oid))::bigint
      from pg_class c
     where c.relnamespace = 'tocsin_internal'::regnamespace
       and c.relkind in ('r', 'i')
       and c.relname ~ '^delivery'
       and c.relname !~ '^delivery_step'
$$;
create table before as select rows_read() as n;
-- As where rows lie far apart.
set local random_page_cost = 40;
create table taken as
select t as message_id
  from tocsin_internal.destination d
  join tocsin_internal.destination_state s using (destination_id)
 cross join lateral tocsin_internal.take_deliveries(d, s, :'relay', 64,
       at(6000)) t
 where d.name = 'late';
select is(count(*), 16::bigint, 'of many that wait, as many go as may')
  from taken;
select cmp_ok(rows_read() - n, '<=', 700::bigint,
    'and to find them is to read few')
  from before;

select * from finish();
rollback;
