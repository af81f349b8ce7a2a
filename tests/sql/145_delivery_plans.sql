-- SPDX-License-Identifier: ISC
-- Sending costs the same however much was sent before: it goes by indexes of
-- what waits.  Seen in the counters of the transaction.
\set ON_ERROR_STOP on
-- What other tests rolled back stands in the indexes, and would be counted.
vacuum tocsin_internal.delivery, tocsin_internal.attempt;
begin;
\ir ../lib/fixture.sql
select no_plan();

create function counters(out seq_scans bigint, out rows_read bigint)
language sql volatile as $$
    select sum(pg_stat_get_xact_numscans(c.oid))
               filter (where c.relkind = 'r'),
           sum(pg_stat_get_xact_tuples_returned(c.oid))
      from pg_class c
     where c.relnamespace = 'tocsin_internal'::regnamespace
       and c.relkind in ('r', 'i')
       and c.relname ~ '^(delivery|attempt)'
       and c.relname !~ '^delivery_step'
$$;
create function cost_of(i_statement text,
    out seq_scans bigint, out rows_read bigint)
language plpgsql as $$
declare
    _before record := counters();
    _after  record;
begin
    execute i_statement;
    _after := counters();
    seq_scans := _after.seq_scans - _before.seq_scans;
    rows_read := _after.rows_read - _before.rows_read;
end;
$$;

select name from tocsin_api.destination_add('hook', 'webhook',
    'https://example.org/', null);
select name from tocsin_api.destination_add('duty', 'mail',
    'duty@example.org', null);
select name from tocsin_api.route_add('all',
    '[{"to": "hook"}, {"to": "duty"}, {"to": "duty", "after": "1 h"}]');
create table had as
select destination_id, name from tocsin_internal.destination;

-- What was told in the last year, most of it of live alerts' neighbours.
set local session_replication_role = replica;
insert into tocsin_internal.delivery (destination_id, alert_id, notice,
       notice_id, urgency, state, reason, created_at, due_at, expires_at,
       attempts, message_id, sent_at)
select h.destination_id, gen_random_uuid(), 'created', gen_random_uuid(),
       'high', case when n % 100 = 0 then 'dead' else 'sent'
           end::tocsin_internal.delivery_state,
       case when n % 100 = 0 then 'no' end, t, t, t + interval '1 day', 1,
       gen_random_uuid(), t
  from generate_series(1, 30000) n
  join had h on h.name = case when n % 2 = 0 then 'hook' else 'duty' end
 cross join lateral (select now() - n * interval '5 min' as t) time
 order by t;
insert into tocsin_internal.attempt (message_id, destination_id, at, relay_id,
       took_ms, status, verdict, delivery_count)
select message_id, destination_id, created_at, message_id, 5, 200, 'sent', 1
  from tocsin_internal.delivery;
reset session_replication_role;
analyze tocsin_internal.delivery;
analyze tocsin_internal.attempt;
select gen_random_uuid() as relay \gset
select tocsin_api.relay_hello(:'relay', 'host', 1, '1.0',
    tocsin_api.clock_us());

create function create_all(i_count integer, i_prefix text) returns void
language sql as $$
    select post('create', i_prefix || n, i_received_at => now())
      from generate_series(1, i_count) n
$$;
create function is_cheap(i_statement text, i_rows bigint) returns text
language sql as $$
    select is(c.seq_scans || case when c.rows_read <= i_rows then ' and few'
               else ' and ' || c.rows_read end, '0 and few',
               format('no sequential scan, few rows: %s',
                   left(i_statement, 60)))
      from cost_of(i_statement) c
$$;

-- A relay makes its plans while nothing waits, and each index seems as good.
select tocsin_internal.claim(:'relay', 8, now());
select create_all(10, 'a');
select is_cheap('select tocsin_internal.tick_outbox(now(), 200)', 100);
select is_cheap(format('select tocsin_internal.claim(%L, 8, now())', :'relay'),
    500);
select tocsin_internal.tick_low_water(now(), 200);
-- This index cannot be read from a low-water mark on.
select is(pg_stat_get_xact_numscans(
        'tocsin_internal.delivery_expires_at_idx'::regclass), 0::bigint,
    'what is due is not looked for among what expires');
create table sent as
select distinct message_id from tocsin_internal.delivery
 where state = 'sending';
select cmp_ok(count(*), '>=', 5::bigint, 'messages are under way') from sent;
select is_cheap(format('select tocsin_api.relay_done(%L, %L, 200, null, null,'
    ' 1, null)', :'relay', message_id), 200) from sent;
select is_cheap(format('select tocsin_internal.%I(now(), 200)', part), 300)
  from unnest('{tick_escalations, tick_fallbacks, tick_expiry,
      tick_own_alerts}'::text[]) part;
select post('resolve', 'a1', i_received_at => now());
select is_cheap('select tocsin_internal.tick_outbox(now(), 200)', 100);

select is_cheap('select tocsin_internal.delete_deliveries(now()'
    ' - interval ''100 days'', 5)', 100);

-- Who is told what is asked of all alerts at once: functions within it that
-- have settings of their own would be called for each.
select is(array_agg(proname order by proname), null,
    'no setting keeps what plan_alerts asks from being inlined')
  from pg_proc
 where pronamespace = 'tocsin_internal'::regnamespace
   and proname in ('is_matched', 'routes_of', 'speaks_of')
   and proconfig is not null;

-- What is asked for the board and for metrics.
select is_cheap(statement, 1000)
  from unnest(array[
       'select tocsin_api.outgoing_counts()',
       'select * from tocsin_api.board_alerts(200)',
       'select tocsin_api.board_counts()',
       format('select told from tocsin_api.board_alert(%L)',
           (newest('a2')).alert_id)]) statement;

-- A backlog: the destination does not answer.
select create_all(2000, 'b');
select tocsin_internal.tick_outbox(now(), 3000);
select is_cheap('select tocsin_internal.tick_fallbacks(now(), 200)', 300);
analyze tocsin_internal.delivery;
update tocsin_internal.destination_state
   set open_until = now() + interval '1 hour', broken_since = now();
select is_cheap(format('select tocsin_internal.claim(%L, 8, now())', :'relay'),
    100);
update tocsin_internal.destination_state
   set open_until = null, broken_since = null;
update tocsin_internal.destination_state
   set rests_until = 'infinity'
 where destination_id = (
       select destination_id from had where name = 'duty');
select is_cheap(format('select tocsin_internal.claim(%L, 8, now())', :'relay'),
    500);
select is_cheap('select tocsin_internal.tick_expiry(now(), 200)', 300);

-- Much was told in the last hour: no more is read of it than is allowed.
insert into tocsin_internal.attempt (message_id, destination_id, at, relay_id,
       took_ms, status, verdict, delivery_count)
select gen_random_uuid(), destination_id, now() - n * interval '1 second',
       gen_random_uuid(), 5, 200, 'sent', 1
  from had, generate_series(1, 3000) n
 where name = 'hook';
select is_cheap(format('select tocsin_internal.claim(%L, 8, now())', :'relay'),
    500);
update tocsin_internal.destination set per_hour = 50 where name = 'hook';
select is_cheap(format('select tocsin_internal.claim(%L, 8, now())', :'relay'),
    500);
select is_cheap('select held_by from tocsin_internal.hold', 200);
select is(held_by, 'per_hour', 'and it is told to wait')
  from tocsin_internal.hold h join had using (destination_id)
 where had.name = 'hook';
update tocsin_internal.destination set per_hour = null where name = 'hook';

-- A snapshot is held: what was told since stands in the indexes.
create function finish(i_count integer, i_at timestamptz) returns void
language sql as $$
    with made as (
        insert into tocsin_internal.delivery (destination_id, alert_id, notice,
               notice_id, urgency, created_at, due_at, expires_at)
        select destination_id, gen_random_uuid(), 'created', gen_random_uuid(),
               'high', i_at, i_at, i_at + interval '1 day'
          from had, generate_series(1, i_count)
        returning delivery_id)
    select count(*) from made;
    update tocsin_internal.delivery
       set state = 'sending', message_id = notice_id, leased_by = notice_id,
           leased_until = i_at + interval '60 s'
     where created_at = i_at;
    update tocsin_internal.delivery
       set state = 'sent', sent_at = i_at, leased_by = null,
           leased_until = null
     where created_at = i_at
$$;
savepoint snapshot;
update tocsin_internal.delivery set state = 'cancelled', reason = 'x'
 where state = 'due';
update tocsin_internal.delivery set state = 'sent', sent_at = now(),
       leased_by = null, leased_until = null
 where state = 'sending';
update tocsin_internal.destination_state
   set rests_until = '-infinity', rests_for = null;
select finish(3000, now() - interval '1 s');
-- The statistics speak of the backlog that is over.
select is_cheap('select * from tocsin_internal.outgoing_metric', 40000);
create function later(i_seconds numeric) returns timestamptz
language sql stable as $$
    select now() + i_seconds * interval '1 second'
$$;
select tocsin_internal.tick_low_water(later(30), 200);
select is((due_from, leased_from), (later(20), later(80)),
    'the low-water marks are behind the clock')
  from tocsin_internal.destination_state limit 1;
select create_all(3, 'c'); select tocsin_internal.tick_outbox(later(30), 200);
update tocsin_internal.ticker set ticked_at = later(30);
select is_cheap(format('select tocsin_internal.%I(later(30), 200)', part), 300)
  from unnest('{tick_expiry, tick_low_water}'::text[]) part;
select is_cheap(format('select tocsin_internal.claim(%L, 8, later(30))',
    :'relay'), 500);
select is_cheap(statement, 300)
  from unnest(array[
       'select tocsin_api.destination_list()',
       'select count(waiting_count) from tocsin.destinations']) statement;
select cmp_ok(count(*), '>=', 4::bigint, 'and what is due is claimed')
  from tocsin_internal.delivery where state = 'sending';
select is_cheap(format('select tocsin_internal.note_result(%L, row(%L, null,'
    ' null, null, 1, 200, null, null, null, null)::tocsin_internal.attempt,'
    ' null, later(31))', :'relay', message_id), 100)
  from (select message_id from tocsin_internal.delivery
         where state = 'sending' limit 1) m;
-- They hold nothing back.
select tocsin_internal.tick_low_water(later(60), 200);
select is((s.due_from, s.leased_from), (later(50), later(80)),
    'the marks stay behind what is there')
  from tocsin_internal.destination_state s
 where exists (
       select from tocsin_internal.delivery w
        where w.destination_id = s.destination_id and w.state = 'sending');
create function hook() returns tocsin_internal.destination_state
language sql as $$
    select s from tocsin_internal.destination_state s join had
     using (destination_id) where name = 'hook'
$$;
update tocsin_internal.delivery set leased_until = '2000-01-02'
 where state = 'sending' and destination_id = (hook()).destination_id;
select is((hook()).leased_from, '2000-01-02'::timestamptz,
    'a time that is put back takes its mark along');
select cmp_ok((tocsin_internal.tick_expiry(later(60), 200)).o_done, '>', 0,
    'so that a lease can be ended by hand');
insert into tocsin_internal.delivery (destination_id, notice, notice_id,
       urgency, created_at, due_at, expires_at)
values ((hook()).destination_id, 'test', gen_random_uuid(), 'low',
       '2000-01-01', '2000-01-01', 'infinity');
update tocsin_internal.ticker set ticked_at = later(60);
select tocsin_internal.tick_low_water(later(61), 200);
select cmp_ok((hook()).due_from, '>', later(0), 'no mark goes back');
update tocsin_internal.ticker set ticked_at = later(-600);
select tocsin_internal.tick_low_water(later(62), 200);
select is((hook()).due_from, timestamptz '2000-01-01' - interval '10 s',
    'unless all is looked at');
rollback to snapshot;

-- Outside their hours people get nothing: the clock is asked for them, not
-- for each thing that waits.
set local track_functions = 'all';
create function asked() returns bigint language sql volatile as $$
    select coalesce(pg_stat_get_xact_function_calls(
        'tocsin_internal.is_open'::regproc), 0)
$$;
create function asks(i_statement text) returns bigint
language plpgsql as $$
declare
    _before constant bigint := asked();
begin
    execute i_statement;
    return asked() - _before;
end;
$$;
update tocsin_internal.destination
   set per_hour = null, hours_zone = 'UTC', hours_from = '00:00',
       hours_to = '12:00',
       hours_days = array[1 + (extract(isodow from now())::integer + 2) % 7];
update tocsin_internal.destination_state
   set rests_until = '-infinity', rests_for = null;
select cmp_ok(asks(format('select tocsin_internal.claim(%L, 8, now())',
    :'relay')), '<=', 2::bigint,
    'a claim asks for the hours of each destination once');
update tocsin_internal.relay set seen_at = '-infinity';
select is(asks($$ select tocsin_internal.own_troubles(now()
    + interval '1 hour') $$), 2::bigint, 'and so do own alerts');

select * from finish();
rollback;
