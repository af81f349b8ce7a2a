-- SPDX-License-Identifier: ISC
-- Events that waited in a spool while later ones were stored.  late.t tries
-- every history; these are the instructive ones.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

-- i_minute tells when the event was received, and so its id.
create function sent(
    i_minute integer, i_event_type text, i_external_id text,
    i_source text default 'webhook')
returns text language sql volatile as $$
    select concat_ws(' ', r.outcome, r.reason, r.status)
      from (select timestamptz '2026-03-01 12:00+00'
                       + i_minute * interval '1 minute' as at) t,
           post(i_event_type, i_external_id, i_received_at => t.at,
               i_event_id => make_id(t.at), i_source => i_source) r
$$;
create function minute(i_at timestamptz) returns integer
language sql stable as $$
    select (extract(epoch from i_at - '2026-03-01 12:00+00') / 60)::integer
$$;

-- The resolve finds nothing, then comes the create that it was for.
select is(sent(2, 'resolve', 'vain'), 'ignored unknown_id',
    'a resolve overtakes its create');
select is(sent(1, 'create', 'vain', 'spool'), 'created resolved',
    'the create opens an alert that is resolved');
select results_eq(
    $$ select minute(created_at), minute(resolved_at), minute(last_event_at),
              resolve_id = (select event_id from tocsin_internal.event
                             where external_id = 'vain'
                               and event_type = 'resolve')
         from newest('vain') $$,
    $$ values (1, 2, 2, true) $$, 'at the time of that resolve');
select is(sent(3, 'create', 'vain', 'spool'), 'created open',
    'a resolve ends one alert only');
select results_eq(
    $$ select event_type, outcome from tocsin_internal.alert a,
              tocsin_api.board_events(a.alert_id, 10)
        where a.external_id = 'vain' and a.resolved_at is not null $$,
    $$ values ('resolve', 'ignored'), ('create', 'created') $$,
    'the board shows it with its alert');
select results_eq(
    $$ select from_status, to_status from tocsin.transitions
        where external_id = 'vain' order by at $$,
    $$ values ('none', 'resolved'), ('none', 'open') $$,
    'and the view has one step');

select sent(1, 'create', 'again'), sent(2, 'resolve', 'again'),
       sent(5, 'resolve', 'again'), sent(7, 'resolve', 'again');
select is(sent(4, 'create', 'again', 'spool'), 'created resolved',
    'the same after an earlier alert');
select is(minute(resolved_at), 5, 'by the first resolve after it')
  from newest('again');
select is(sent(3, 'create', 'again', 'spool'), 'duplicate resolved',
    'before it, it is a duplicate');
select is(duplicate_count::integer, 1, 'which is counted') from newest('again');
select is(minute(last_event_at), 5, 'and changes no time')
  from newest('again');
select is(sent(8, 'create', 'again', 'spool'), 'created open',
    'after the last resolve it is a new alert');

-- The alert came and went meanwhile.
select sent(2, 'create', 'gone'), sent(3, 'resolve', 'gone');
select is(sent(1, 'create', 'gone', 'spool'), 'duplicate resolved',
    'a create before the resolve of an alert is a duplicate');
select is(sent(4, 'create', 'gone', 'spool'), 'created open',
    'one after it is not');

-- The alert is back.
select sent(1, 'create', 'back'), sent(3, 'create', 'back');
select is(sent(2, 'resolve', 'back', 'spool'), 'ignored overtaken open',
    'a resolve before a duplicate resolves nothing');
select sent(4, 'acknowledge', 'back');
select is(sent(2, 'resolve', 'back', 'spool'),
    'ignored overtaken acknowledged', 'nor if it is acknowledged');
select is(sent(4, 'resolve', 'back', 'spool'), 'resolved resolved',
    'one after it does');
select sent(2, 'create', 'new');
select is(sent(1, 'acknowledge', 'new', 'spool'), 'ignored overtaken open',
    'an acknowledge before the create of an alert is not for it');
select sent(4, 'create', 'new');
select is(sent(3, 'acknowledge', 'new', 'spool'),
    'acknowledged acknowledged', 'one before a duplicate is');

-- An operator sends again what was refused: its id is that of its arrival.
create function retried(
    i_minute integer, i_event_type text, i_external_id text)
returns text language sql volatile as $$
    select concat_ws(' ', r.outcome, r.reason, r.status)
      from post(i_event_type, i_external_id, i_event_id => make_id(
               '2026-03-01 12:00+00'::timestamptz
               + i_minute * interval '1 minute'),
               i_received_at => '2026-03-01 13:00+00',
               i_source => 'operator') r
$$;
select sent(1, 'create', 'retried'), sent(3, 'create', 'retried');
select is(retried(2, 'resolve', 'retried'), 'ignored overtaken open',
    'an old resolve that was refused does not resolve what came since');
select is(retried(60, 'resolve', 'retried'), 'resolved resolved',
    'a new one of an operator does');
select is(retried(2, 'create', 'retried'), 'duplicate resolved',
    'an old create opens nothing that is over');

-- Clamped times do not hide the end.
select sent(5, 'create', 'clamp'), sent(3, 'resolve', 'clamp');
select is(minute(resolved_at), 5, 'a resolve from a clock that is behind')
  from newest('clamp');
select is(sent(4, 'create', 'clamp', 'spool'), 'created open',
    'ends an alert when it was sent');

-- Other sources.
select sent(2, 'resolve', 'direct');
select is(sent(1, 'create', 'direct'), 'created open',
    'an event that did not wait is not asked');

-- By hand: an alert without those ids, and one that is resolved at once.
insert into tocsin_internal.alert
    (alert_id, integration_id, external_id, status, title, urgency,
     created_at, last_event_at)
values (make_id('2026-03-01 12:02+00'), 'int_plain', 'hand', 'open', 'T',
    'low', '2026-03-01 12:02+00', '2026-03-01 12:02+00');
select is(sent(1, 'resolve', 'hand', 'spool'), 'ignored overtaken open',
    'an alert that was opened by hand is asked for its own id');
update tocsin_internal.alert
   set status = 'resolved', resolved_at = '2026-03-01 12:04+00'
 where external_id = 'hand';
select is(sent(3, 'create', 'hand', 'spool'), 'duplicate resolved',
    'one that was resolved by hand for the time of that');
select is(sent(5, 'create', 'hand', 'spool'), 'created open',
    'and what comes later is new');
prepare resolved_at_once(text) as
    insert into tocsin_internal.alert
        (alert_id, integration_id, external_id, status, title, urgency,
         created_at, resolved_at, last_event_at, resolve_id)
    select make_id('2026-03-01 12:01+00'), 'int_plain', 'once', 'resolved',
           'T', 'low', '2026-03-01 12:01+00', '2026-03-01 12:02+00',
           '2026-03-01 12:02+00', event_id
      from tocsin_internal.event
     where external_id = $1 and event_type = 'resolve' limit 1;
select throws_ok($$ execute resolved_at_once('gone') $$, 'TO001',
    'an alert cannot begin as resolved',
    'no alert begins as resolved by the resolve of another');
select sent(2, 'resolve', 'once');
select lives_ok($$ execute resolved_at_once('once') $$,
    'only by one of its Id that found nothing');

select * from finish();
rollback;
