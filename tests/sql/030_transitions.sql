-- SPDX-License-Identifier: ISC
-- Every status and every event, through ingest and by hand.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

select results_eq(
    $$ select from_status::text, event_type::text, to_status::text,
              outcome::text, reason
         from tocsin_internal.transition t
        where overtaken_by = 'nothing'
        order by t.from_status, t.event_type $$,
    $$ values
        ('none', 'create', 'open', 'created', null),
        ('none', 'acknowledge', 'none', 'ignored', 'unknown_id'),
        ('none', 'resolve', 'none', 'ignored', 'unknown_id'),
        ('open', 'create', 'open', 'duplicate', null),
        ('open', 'acknowledge', 'acknowledged', 'acknowledged', null),
        ('open', 'resolve', 'resolved', 'resolved', null),
        ('acknowledged', 'create', 'acknowledged', 'duplicate', null),
        ('acknowledged', 'acknowledge', 'acknowledged', 'ignored',
         'already_acknowledged'),
        ('acknowledged', 'resolve', 'resolved', 'resolved', null),
        ('resolved', 'create', 'open', 'created', null),
        ('resolved', 'acknowledge', 'resolved', 'ignored',
         'already_resolved'),
        ('resolved', 'resolve', 'resolved', 'ignored', 'already_resolved')
    $$, 'the lifecycle is the one of the protocol');
select set_eq(
    $$ select from_status::text, event_type::text, overtaken_by::text,
              to_status::text, outcome::text, reason
         from tocsin_internal.transition
        where overtaken_by <> 'nothing' $$,
    $$ values
        ('none', 'create', 'vain_resolve', 'resolved', 'created', null),
        ('resolved', 'create', 'vain_resolve', 'resolved', 'created', null),
        ('resolved', 'create', 'end', 'resolved', 'duplicate', null),
        ('open', 'acknowledge', 'begin', 'open', 'ignored', 'overtaken'),
        ('open', 'resolve', 'create', 'open', 'ignored', 'overtaken'),
        ('acknowledged', 'resolve', 'create', 'acknowledged', 'ignored',
         'overtaken')
    $$, 'and what a spooled event does that others have overtaken');

-- The ways to each status; resolved can be reached with and without an
-- acknowledge.
create table way (way text, status text, steps text[]);
insert into way values
    ('none', 'none', '{}'),
    ('open', 'open', '{create}'),
    ('acknowledged', 'acknowledged', '{create, acknowledge}'),
    ('resolved', 'resolved', '{create, resolve}'),
    ('resolved after acknowledge', 'resolved',
     '{create, acknowledge, resolve}');

-- Go the way to a status, then send one event and note what it did.
create function try(i_key text, i_steps text[], i_event_type text,
    out receipt tocsin_api.receipt, out before jsonb, out after jsonb,
    out alerts bigint)
language plpgsql as $$
declare
    _step   text;
    _at     timestamptz := '2026-03-01 00:00+00';
begin
    foreach _step in array i_steps loop
        perform post(_step, i_key, i_received_at => _at);
        _at := _at + interval '1 minute';
    end loop;
    before := to_jsonb(newest(i_key));
    receipt := post(i_event_type, i_key, i_received_at => _at);
    after := to_jsonb(newest(i_key));
    alerts := count(*) from tocsin_internal.alert where external_id = i_key;
end;
$$;
create table trial as
select w.way, w.status as from_status, e.event_type, t.*,
       (t.receipt).outcome, (t.receipt).reason, (t.receipt).status,
       (t.receipt).alert_id
  from way w
 cross join (values ('create'), ('acknowledge'), ('resolve'))
           as e(event_type)
 cross join lateral try(w.way || '/' || e.event_type, w.steps,
           e.event_type) t;

select is(count(*), 15::bigint, 'every status meets every event') from trial;
select is((trial.outcome, trial.reason, trial.status)::text,
    (l.outcome::text, l.reason, nullif(l.to_status::text, 'none'))::text,
    format('%s of an alert that is %s: %s', trial.event_type, way,
        l.outcome))
  from trial
  join tocsin_internal.transition l
    on (l.from_status::text, l.event_type::text)
       = (trial.from_status, trial.event_type)
   and l.overtaken_by = 'nothing'
 order by way, trial.event_type;
select is(alert_id, nullif(after ->> 'alert_id', '')::uuid,
    format('%s of an alert that is %s speaks of the newest alert',
        event_type, way))
  from trial order by way, event_type;
select is(before, after,
    format('%s of an alert that is %s changes nothing', event_type, way))
  from trial where outcome = 'ignored' order by way, event_type;
select is(alerts, case when from_status = 'resolved' then 2 else 1 end
        ::bigint,
    format('create of an alert that is %s: a new one only if it is not live',
        way))
  from trial where event_type = 'create' order by way;
select is(
    after - '{duplicate_count, last_event_at, last_duplicate_id}'::text[],
    before - '{duplicate_count, last_event_at, last_duplicate_id}'::text[],
    format('a duplicate of an alert that is %s touches its counter only',
        way))
  from trial where outcome = 'duplicate' order by way;
select is(after ->> 'acknowledged_at', after ->> 'last_event_at',
    'the time of an acknowledge is kept')
  from trial where outcome = 'acknowledged';
select is(after ->> 'resolved_at', after ->> 'last_event_at',
    format('the time of a resolve of an alert that is %s is kept', way))
  from trial where outcome = 'resolved' order by way;
select is(count(*), 15::bigint, 'the log has every one of them, ignored too')
  from trial
  join tocsin_internal.event e
    on e.event_id = (trial.receipt).event_id
   and e.outcome::text = trial.outcome
   and e.reason is not distinct from trial.reason
   and e.from_status::text = trial.from_status
   and e.to_status::text = coalesce(trial.status, 'none')
   and e.alert_id is not distinct from trial.alert_id;

-- By hand, as the owner of the table, with times that fit each status: only
-- the lifecycle is in the way.
create function by_hand(i_key text, i_to text)
returns text language plpgsql as $$
begin
    update tocsin_internal.alert
       set status = i_to::tocsin_internal.status,
           acknowledged_at = case when i_to = 'open' then null
               when i_to = 'acknowledged'
               then coalesce(acknowledged_at, created_at)
               else acknowledged_at end,
           resolved_at = case when i_to = 'resolved'
               then coalesce(resolved_at, created_at) end
     where external_id = i_key;
    return case when found then 'done' else 'nothing there' end;
exception when others then
    return sqlstate;
end;
$$;
create table hand as
select w.way, w.status as from_status, s.to_status,
       'hand/' || s.to_status || '/' || w.way as key
  from way w
 cross join (values ('none'), ('open'), ('acknowledged'), ('resolved'))
           as s(to_status)
 where w.status <> 'none';
do $$
declare
    _hand   record;
    _step   text;
begin
    for _hand in select h.key, w.steps from hand h join way w using (way) loop
        foreach _step in array _hand.steps loop
            perform post(_step, _hand.key);
        end loop;
    end loop;
end;
$$;
create table hand_result as
select h.*, by_hand(h.key, h.to_status) as result,
       (newest(h.key)).status::text as after
  from hand h;
select is(count(*), 16::bigint, 'every status is set by hand to every other')
  from hand_result;
select is(result,
    case when (from_status, to_status) in (
            ('open', 'open'), ('acknowledged', 'acknowledged'),
            ('resolved', 'resolved'), ('open', 'acknowledged'),
            ('open', 'resolved'), ('acknowledged', 'resolved'))
        then 'done'
        -- Nothing is written that only the left of a transition may be.
        when to_status = 'none' then '23514'
        else 'TO001' end,
    format('UPDATE by hand of an alert that is %s to %s', way, to_status))
  from hand_result order by way, to_status;
select is((newest(key)).status::text,
    case result when 'done' then to_status else from_status end,
    format('an alert that was %s and set to %s is what it should be', way,
        to_status))
  from hand_result order by way, to_status;

-- Alerts made by hand.
prepare insert_by_hand(text) as
    insert into tocsin_internal.alert
        (alert_id, integration_id, external_id, status, title, urgency,
         created_at, acknowledged_at, resolved_at, last_event_at)
    select make_id(), 'int_plain', 'made/' || $1,
           $1::tocsin_internal.status, 'T', 'low', now(),
           case when $1 = 'acknowledged' then now() end,
           case when $1 = 'resolved' then now() end, now();
select lives_ok($$ execute insert_by_hand('open') $$,
    'an alert made by hand may begin as open');
select throws_ok($$ execute insert_by_hand('acknowledged') $$, 'TO001',
    'an alert cannot begin as acknowledged', 'not as acknowledged');
select throws_ok($$ execute insert_by_hand('resolved') $$, 'TO001',
    'an alert cannot begin as resolved', 'not as resolved');
select throws_ok($$ execute insert_by_hand('none') $$, '23514', null,
    'not as none');

select * from finish();
rollback;
