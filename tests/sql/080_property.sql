-- SPDX-License-Identifier: ISC
-- Random events: against a model of the lifecycle, and in calls of many
-- against calls of one.  Set the seed (-1 to 1) to repeat a run:
--
--      pg_prove --set seed=0.25 -d DB tests/sql/080_property.sql
\set ON_ERROR_STOP on
\if :{?seed}
\else
    select random() as seed \gset
\endif
begin;
\ir ../lib/fixture.sql
select plan(7);
select diag('seed ' || :'seed');
select setseed(:seed);

-- A token that was replaced holds for a while.
insert into tocsin_internal.integration
    (integration_id, name, token_hash, previous_token_hash,
     previous_token_expires_at, default_urgency)
values
    ('int_rotated', 'a new token', sha256('new'), sha256('right'),
     now() + interval '1 hour', 'critical'),
    ('int_expired', 'and long since', sha256('new'), sha256('right'),
     now() - interval '1 hour', 'silent');

-- ----------------------------------------------------------------------
-- What is drawn: one row per event, columns as the parameters of ingest.
-- ----------------------------------------------------------------------
create table draw (
    place serial primary key,
    event_id uuid, received_at timestamptz, source text,
    integration_id text, token_hash bytea, event_type text,
    external_id text, title text, description text, urgency text,
    tags text, dedup_keys text, meta jsonb, incident boolean,
    incident_severity text, incident_message text, additional_data jsonb,
    flags text, request_id text, remote_addr text);

create function one_of(variadic i_choice text[])
returns text language sql volatile as $$
    select i_choice[1 + floor(random() * cardinality(i_choice))::integer]
$$;

-- i_n new events; clocks jump back and forth by up to a minute, and an event
-- from a spool may be older than up to 1000 of those drawn before it.
create function draw_events(i_n integer, i_keys integer)
returns void language sql volatile as $$
    insert into draw (event_id, received_at, source, integration_id,
        token_hash, event_type, external_id, title, description, urgency,
        tags, dedup_keys, meta, incident, incident_severity,
        incident_message, additional_data, flags, request_id, remote_addr)
    select make_id(timestamptz '2026-04-01 00:00+00'
               + (i - s.late) * interval '1 ms'),
           timestamptz '2026-04-01 00:00+00' + i * interval '1 second'
               + random() * interval '1 minute',
           s.source,
           one_of('int_plain', 'int_plain', 'int_plain', 'int_capture',
               'int_token', 'int_token', 'int_rotated', 'int_rotated',
               'int_expired', 'int_off', 'int_nobody'),
           sha256(one_of(null, 'right', 'right', 'new', 'wrong')::bytea),
           c.event_type, 'key ' || floor(random() * i_keys),
           case when c.is_create then 'title ' || i end,
           case when c.is_create then one_of(null, '', E'\\ "{,}\n') end,
           case when c.is_create then one_of(null, 'low', 'critical') end,
           case when c.is_create then one_of(null, '{}', '{a,"b c"}') end,
           case when c.is_create then one_of(null, '{}', '{k}') end,
           case when c.is_create
                then one_of(null, '{}', '{"a": [1]}')::jsonb end,
           case when c.is_create then c.incident end,
           case when c.incident then one_of(null, 'SEV-1', 'SEV-UNKNOWN') end,
           case when c.incident then one_of(null, 'join') end,
           one_of(null, '[{"label": "x"}]')::jsonb,
           case when c.is_create then one_of(null, '{}', '{truncated}') end,
           one_of(null, 'req ' || i), one_of(null, '192.0.2.1')
      from generate_series(1, i_n) i
     cross join lateral (
           select d.source,
                  case d.source when 'spool' then random() * 1000 else 0 end
                      as late
             from (select one_of('webhook', 'webhook', 'webhook', 'spool',
                              'operator') || left(i::text, 0) as source) d) s
     cross join lateral (
           select t.event_type, t.event_type = 'create' as is_create,
                  t.event_type = 'create' and random() < 0.3 as incident
             from (select one_of('create', 'create', 'create',
                              'acknowledge', 'resolve', 'resolve')
                          || left(i::text, 0) as event_type) t) c
$$;

-- Send draws i_from to i_to in one call.
create function send(i_from integer, i_to integer)
returns setof tocsin_api.receipt language sql volatile as $$
    select tocsin_api.ingest(array_agg(row(
               event_id, received_at, source, integration_id, token_hash,
               event_type, external_id, title, description, urgency, tags,
               dedup_keys, meta, incident, incident_severity,
               incident_message, additional_data, flags, request_id,
               remote_addr)::tocsin_api.event_in order by place))
      from draw
     where place between i_from and i_to
$$;

-- ----------------------------------------------------------------------
-- 1. Against a model: the lifecycle of one Id, as the protocol has it.
-- ----------------------------------------------------------------------
create table model (
    external_id text primary key, alert_id uuid, status text, duplicates
    integer, created timestamptz, acknowledged timestamptz,
    resolved timestamptz, last timestamptz, last_duplicate uuid,
    resolver uuid);
create table vain (external_id text, event_id uuid, at timestamptz);

create function expect(i_event draw, out outcome text, out reason text,
    out alert_id uuid, out status text)
language plpgsql as $$
declare
    _m      model;
    _at     timestamptz := i_event.received_at;
    _live   boolean;
    _late   boolean := i_event.source = 'spool';
    _vain   vain;
begin
    select * into _m from model where external_id = i_event.external_id;
    _live := coalesce(_m.status in ('open', 'acknowledged'), false);
    outcome := 'ignored';
    if i_event.event_type = 'create' and not _live
        and (_late and i_event.event_id < _m.resolver) is not true
    then
        outcome := 'created';
        _m := (i_event.external_id, i_event.event_id, 'open', 0, _at, null,
            null, _at, null, null);
        select * into _vain from vain v
         where _late and v.external_id = i_event.external_id
           and v.event_id > i_event.event_id
         order by v.event_id limit 1;
        if found then
            _m.status := 'resolved';
            _m.resolved := greatest(_at, _vain.at);
            _m.last := _m.resolved;
            _m.resolver := _vain.event_id;
        end if;
    elsif i_event.event_type = 'create' then
        outcome := 'duplicate';
        _m.duplicates := _m.duplicates + 1;
        _m.last_duplicate := greatest(_m.last_duplicate,
            i_event.event_id);
    elsif _m.external_id is null then
        reason := 'unknown_id';
        insert into vain
        select i_event.external_id, i_event.event_id, _at
         where i_event.event_type = 'resolve';
        return;
    elsif not _live then
        reason := 'already_resolved';
    elsif i_event.event_type = 'resolve'
        and _late
        and i_event.event_id < greatest(_m.alert_id, _m.last_duplicate)
    then
        reason := 'overtaken';
    elsif i_event.event_type = 'resolve' then
        outcome := 'resolved';
        _m.resolver := i_event.event_id;
        _m.status := 'resolved';
        _m.resolved := greatest(_at, _m.created, _m.acknowledged);
    elsif _m.status = 'acknowledged' then
        reason := 'already_acknowledged';
    elsif _late and i_event.event_id < _m.alert_id then
        reason := 'overtaken';
    else
        outcome := 'acknowledged';
        _m.status := 'acknowledged';
        _m.acknowledged := greatest(_at, _m.created);
    end if;
    alert_id := _m.alert_id;
    status := _m.status;
    insert into vain
    select i_event.external_id, i_event.event_id, _at
     where i_event.event_type = 'resolve' and outcome = 'ignored';
    if outcome <> 'ignored' then
        if _live then
            _m.last := greatest(_at, _m.last);
        end if;
        delete from model where external_id = i_event.external_id;
        insert into model select _m.*;
    end if;
end;
$$;

create function differences() returns setof text language plpgsql as $$
declare
    _event  draw;
    _want   record;
    _got    record;
begin
    for _event in select * from draw order by place loop
        _want := expect(_event);
        select r.outcome, r.reason, r.alert_id, r.status into _got
          from send(_event.place, _event.place) r;
        if _got is distinct from _want then
            return next format('%s: got %s, want %s', _event, _got, _want);
        end if;
    end loop;
end;
$$;
select draw_events(3000, 100);
-- Chance alone seldom has the rows in which a resolve overtook a create.
insert into draw (event_id, received_at, source, event_type, external_id,
    title)
select make_id(timestamptz '2026-05-01 00:00+00' + sent * interval '1 s'),
       timestamptz '2026-05-01 00:00+00' + sent * interval '1 s', source,
       event_type, external_id, title
  from (values
           ('resolve before create', 2, 'webhook', 'resolve', null),
           ('resolve before create', 1, 'spool', 'create', 'late'),
           ('and after an alert', 1, 'webhook', 'create', 'first'),
           ('and after an alert', 2, 'webhook', 'resolve', null),
           ('and after an alert', 4, 'webhook', 'resolve', null),
           ('and after an alert', 3, 'spool', 'create', 'late'))
       v(external_id, sent, source, event_type, title);
update draw set integration_id = 'int_plain';
select is_empty('select differences()',
    'each of 3000 random events does what the model says');
select set_eq(
    $$ select m.external_id, m.alert_id, m.status, m.duplicates, m.created,
              m.acknowledged, m.resolved, m.last, m.last_duplicate,
              m.resolver
         from model m $$,
    $$ select a.external_id, a.alert_id, a.status::text, a.duplicate_count,
              a.created_at, a.acknowledged_at, a.resolved_at,
              a.last_event_at, a.last_duplicate_id, a.resolve_id
         from model m, newest(m.external_id) a
        where a.alert_id is not null $$,
    'and the alerts are as it says');
select cmp_ok(count(distinct (outcome, reason)), '=', 8::bigint,
    'every outcome and reason of the lifecycle came up')
  from tocsin_internal.event;
select is(count(distinct (event_type, from_status, to_status, outcome)),
    (select count(distinct (event_type, from_status, to_status, outcome))
       from tocsin_internal.transition),
    'and every row of its table')
  from tocsin_internal.event;

-- ----------------------------------------------------------------------
-- 2. Calls of many against calls of one.
-- ----------------------------------------------------------------------
-- Everything there is, but for the times of the database's own clock.
create function everything() returns jsonb language sql stable as $$
    select jsonb_build_object(
        'alerts', (select jsonb_agg(to_jsonb(a) order by alert_id)
                     from tocsin_internal.alert a),
        'events', (select jsonb_agg(to_jsonb(e) - 'stored_at'
                                    order by event_id)
                     from tocsin_internal.event e))
$$;

-- Send all that is drawn in calls of i_size, look, and undo it.
create function look(i_size integer, out receipts jsonb, out state jsonb)
language plpgsql as $$
declare
    _one    jsonb;
    _last   integer := (select max(place) from draw);
begin
    receipts := '[]';
    for _from in 1.._last by i_size loop
        -- One event twice in a call has one receipt twice: order by it.
        select jsonb_agg(to_jsonb(r) order by r.event_id, r.outcome)
          into _one
          from send(_from, _from + i_size - 1) r;
        receipts := receipts || _one;
    end loop;
    state := everything();
    raise sqlstate 'TO999';
exception when sqlstate 'TO999' then
    null;
end;
$$;
create function in_order(i_receipts jsonb) returns jsonb language sql as $$
    select jsonb_agg(r order by r ->> 'event_id', r ->> 'outcome')
      from jsonb_array_elements(i_receipts) r
$$;

-- Some events come again later, some at once.
create function draw_batch(i_n integer, i_keys integer)
returns void language plpgsql as $$
begin
    truncate draw restart identity;
    perform draw_events(i_n, i_keys);
    update draw d
       set (event_id, received_at, source, integration_id, token_hash,
            event_type, external_id, title, description, urgency, tags,
            dedup_keys, meta, incident, incident_severity,
            incident_message, additional_data, flags, request_id,
            remote_addr)
         = (select o.event_id, o.received_at, o.source, o.integration_id,
                   o.token_hash, o.event_type, o.external_id, o.title,
                   o.description, o.urgency, o.tags, o.dedup_keys, o.meta,
                   o.incident, o.incident_severity, o.incident_message,
                   o.additional_data, o.flags, o.request_id, o.remote_addr
              from draw o
             where o.place = d.place - d.place % 7 - 1)
     where d.place % 11 = 0 and d.place > 7;
end;
$$;

create function compare(i_rounds integer)
returns table (round integer, keys integer, size integer, n integer,
    same_receipts boolean, same_state boolean)
language plpgsql as $$
declare
    _many   record;
    _one    record;
begin
    for _round in 1..i_rounds loop
        round := _round;
        size := 2 + floor(random() * 60);
        keys := 1 + floor(random() * random() * 60);
        perform draw_batch(100, keys);
        _one := look(1);
        _many := look(size);
        n := jsonb_array_length(_many.receipts);
        same_receipts := in_order(_many.receipts) = in_order(_one.receipts);
        same_state := _many.state = _one.state;
        return next;
    end loop;
end;
$$;
-- Begin without what part 1 left.
alter table tocsin_internal.alert disable trigger alert_10_guard_delete;
delete from tocsin_internal.alert;
alter table tocsin_internal.alert enable trigger alert_10_guard_delete;
set local tocsin.removes_events = 'on';
delete from tocsin_internal.event;
set local tocsin.removes_events = 'off';
create table comparison as select * from compare(30);
select is_empty(
    'select * from comparison where not same_receipts or n <> 100',
    'calls of many have the receipts that calls of one have');
select is_empty(
    'select * from comparison where not same_state',
    'and leave the same tables');
select cmp_ok(count(distinct size), '>', 5::bigint,
    'with calls of many sizes') from comparison;

select * from finish();
rollback;
