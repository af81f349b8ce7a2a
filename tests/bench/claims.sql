-- SPDX-License-Identifier: ISC
--
-- psql -v told=N -v waiting=M -f claims.sql
--
-- For claims: an integration; the destinations sink, to which all its alerts
-- are routed and which got N notices in the last year, and stuck, whose breaker
-- is open and for which M wait.  Bypasses the guards.
\set ON_ERROR_STOP on
set synchronous_commit = off;

select from tocsin_api.integration_add('claims', null, false, 'medium');
select from tocsin_api.destination_add('sink', 'webhook',
    'https://example.org/', null);
select from tocsin_api.destination_add('stuck', 'webhook',
    'https://example.org/', null);
select from tocsin_api.route_add('all', '[{"to": "sink"}]');
select from tocsin_api.relay_hello('11111111-1111-4111-8111-111111111111',
    'host', 1, '1.0', tocsin_api.clock_us());

set session_replication_role = replica;
insert into tocsin_internal.delivery (destination_id, alert_id, notice,
       notice_id, urgency, state, created_at, due_at, expires_at, attempts,
       message_id, sent_at)
select d.destination_id, id, 'created', id, 'medium', 'sent', t, t,
       t + interval '1 day', 1, id, t
  from generate_series(:told::bigint, 1, -1) n
 cross join lateral (
       select now() - interval '1 minute' * n / 2 as t,
              gen_random_uuid() as id offset 0) made
  join tocsin_internal.destination d on d.name = 'sink'
 where n > 0;
insert into tocsin_internal.attempt (message_id, destination_id, at, relay_id,
       took_ms, status, verdict, delivery_count)
select message_id, destination_id, sent_at, message_id, 5, 200, 'sent', 1
  from tocsin_internal.delivery;
insert into tocsin_internal.delivery (destination_id, alert_id, notice,
       notice_id, urgency, created_at, due_at, expires_at)
select d.destination_id, id, 'created', id, 'medium', now(), now(), 'infinity'
  from generate_series(1, :waiting::bigint)
 cross join lateral (select gen_random_uuid() as id offset 0) made
  join tocsin_internal.destination d on d.name = 'stuck';
update tocsin_internal.destination_state s
   set open_until = 'infinity', broken_since = now()
  from tocsin_internal.destination d
 where d.destination_id = s.destination_id
   and d.name = 'stuck';
vacuum analyze;
