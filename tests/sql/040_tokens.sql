-- SPDX-License-Identifier: ISC
-- Which tokens are accepted.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

create function verdict(i_integration_id text, i_token text,
    i_source text default 'webhook', i_event_type text default 'create')
returns text language sql volatile as $$
    select (post(i_event_type, 'A', i_integration_id,
        i_source => i_source, i_token_hash => sha256(i_token::bytea))).outcome
$$;

select isnt(verdict('int_plain', null), 'forbidden',
    'without a token set none is asked for');
select isnt(verdict('int_plain', 'any'), 'forbidden',
    'and any that is sent is no harm');
select is(verdict('int_token', 'right'), 'created',
    'the right token lets in');
select is(verdict('int_token', null), 'forbidden',
    'no token does not');
select is(verdict('int_token', 'wrong'), 'forbidden',
    'a wrong one does not');
select is(verdict('int_token', 'wrong', i_event_type => t), 'forbidden',
    format('nor for an event of type %s', t))
  from unnest('{acknowledge, resolve}'::text[]) t;
select is(duplicate_count::integer, 0, 'a refused create is no duplicate')
  from newest('A', 'int_token');
select is((post('create', 'A', 'int_token',
    i_token_hash => substr(sha256('right'), 1, 31))).outcome, 'forbidden',
    'the beginning of the right hash does not let in');
select is(verdict('int_nobody', 'right'), 'unknown_integration',
    'an integration that does not exist is unknown');
select is(verdict('int_off', null), 'disabled',
    'a disabled integration takes no webhook');
update tocsin_internal.integration set token_hash = sha256('right')
 where integration_id = 'int_off';
select is(verdict('int_off', 'wrong'), 'disabled',
    'disabled is told before forbidden');

-- The early question is answered as ingest would.
select results_eq(
    $$ select j.refusal
         from tocsin_api.judge_senders(
             array['int_nobody', 'int_token', 'int_off', 'int_token',
                   'int_plain', 'int_token', 'int_plain', 'int_token'],
             array[null, sha256('wrong'), null, sha256('right'), null, null,
                   sha256('any'), '\x00']) j $$,
    $$ values ('unknown_integration'), ('forbidden'), ('disabled'), (null),
              (null), ('forbidden'), (null), ('forbidden') $$,
    'senders are judged in the order in which they are asked for');
select is_empty($$ select tocsin_api.judge_senders('{}', '{}') $$,
    'who asks for none gets no answer');
select is_empty(
    $$ select c.id, c.token, v.outcome
         from (values ('int_plain', null), ('int_plain', 'any'),
                  ('int_token', 'right'), ('int_token', 'wrong'),
                  ('int_token', null), ('int_off', 'right'),
                  ('int_nobody', null)) c(id, token),
              lateral tocsin_api.judge_senders(array[c.id],
                  array[sha256(c.token::bytea)]) j,
              lateral verdict(c.id, c.token) v(outcome)
        where coalesce(j.refusal, v.outcome) <> v.outcome
           or (j.refusal is null) = (v.outcome in ('forbidden', 'disabled',
               'unknown_integration')) $$,
    'the early answer is that of ingest');

-- What became of an event is told to who may send.
create temporary table asked as
select make_id() as id;
grant select on asked to public;
select is((post('create', 'R', 'int_token', i_event_id => id,
    i_token_hash => sha256('right'))).outcome, 'created', 'an event')
  from asked;
select is(r, row(null, 'create', 'R', 'created', id)::tocsin_api.receipt_found,
    'its sender is told what became of it')
  from asked, tocsin_api.receipt_of('int_token', sha256('right'), id) r;
select is(r, row('forbidden', null, null, null, null)
        ::tocsin_api.receipt_found, format('%s is told nothing', who))
  from asked, (values ('no token', null), ('another', sha256('wrong')))
           as t(who, hash),
       tocsin_api.receipt_of('int_token', hash, id) r;
select is(r.event_type, null, 'nor is another integration')
  from asked, tocsin_api.receipt_of('int_plain', null, id) r;
select is(r.refusal, 'unknown_integration', 'nor one that does not exist')
  from asked, tocsin_api.receipt_of('int_nobody', null, id) r;
select is(r.event_type, null, 'an event that is not there is none')
  from tocsin_api.receipt_of('int_token', sha256('right'), make_id()) r;

-- Nothing of a refused event is kept or told.
select is_empty(
    $$ select from tocsin_internal.event
        where integration_id = 'int_off' or outcome > 'ignored' $$,
    'refused events are not in the log');
select results_eq(
    $$ select r.reason, r.alert_id, r.status
         from post('create', 'A', 'int_token') r $$,
    $$ values (null::text, null::uuid, null::text) $$,
    'a refusal does not tell of the alert there is');

-- Sources that are not asked.
select is(verdict('int_token', null, s), 'duplicate',
    format('an event from %s needs no token', s))
  from unnest('{spool, operator, board}'::text[]) s;
select is(verdict('int_off', null, 'spool'), 'created',
    'what was spooled is taken though the integration is disabled now');
select is(verdict('int_off', null, s), 'disabled',
    format('an event from %s is not', s))
  from unnest('{operator, board}'::text[]) s;
select is(verdict('int_nobody', null, s), 'unknown_integration',
    format('unknown is unknown from %s too', s))
  from unnest('{spool, operator, board}'::text[]) s;
select throws_ok(
    $$ select verdict('int_token', null, 'elsewhere') $$, '22P02', null,
    'there are no other sources');

-- The operator's functions.
create temporary table made on commit drop as
    select * from tocsin_api.integration_add('Disk watch', sha256('one'),
        true, 'high');
select matches(integration_id, '^int_[A-Za-z0-9]{12}$',
    'an id is int_ and twelve letters or digits') from made;
select results_eq(
    $$ select name, enabled, has_token, previous_token_expires_at,
              capture_additional_data, default_urgency, open_count,
              acknowledged_count, last_event_at
         from made $$,
    $$ values ('Disk watch', true, true, null::timestamptz, true, 'high',
               0::bigint, 0::bigint, null::timestamptz) $$,
    'an integration is as it was asked for');
select results_eq(
    $$ select has_token, capture_additional_data, default_urgency
         from tocsin_api.integration_add('Plain', null, null, null) $$,
    $$ values (false, false, 'medium') $$,
    'what is not said is no token, no capture, medium');
select is(count(distinct tocsin_internal.make_integration_id(null)),
    1000::bigint, 'a thousand ids are a thousand different ones')
  from generate_series(1, 1000);
select cmp_ok(count(distinct c), '=', 62::bigint,
    'all 62 letters and digits come up in them')
  from generate_series(1, 1000) i,
       regexp_split_to_table(substr(
           tocsin_internal.make_integration_id(null), 5 + 0 * i), '') c;
select matches(tocsin_internal.make_integration_id(p),
    format('^int_%s_[A-Za-z0-9]{%s}$', p, n),
    format('an id with the prefix %s has %s random characters', p, n))
  from (values ('a', 12), ('b2', 11), ('cde', 10), ('3fgh', 9)) as v(p, n);
select matches((tocsin_api.integration_add('Cell', null, null, null,
        i_prefix => 'a')).integration_id, '^int_a_[A-Za-z0-9]{12}$',
    'an integration can have one');
select throws_ok(format(
    'select tocsin_api.integration_add(%L, null, null, null, i_prefix => %L)',
    'n', p),
    'TO422', null, format('%L is no prefix', p))
  from unnest('{"",A,a_,a-,abcde,ä}'::text[]) p;
select throws_ok(format(
    'select tocsin_api.integration_add(%L, %L, false, %L)', n, h, u),
    'TO422', null, why)
  from (values
      (null, null, 'low', 'a name is needed'),
      (E' \n', null, 'low', 'a name is not blank'),
      (repeat('n', 256), null, 'low', 'a name is not endless'),
      ('n', '\x00', 'low', 'a hash has 32 bytes'),
      ('n', null, 'loud', 'an urgency is a known one'))
      as v(n, h, u, why);
select throws_ok(format('select tocsin_api.%s', call), 'TO404', null,
    call || ' says when there is no such integration')
  from unnest(array[
      $$integration_show('int_nobody')$$, $$integration_show(null)$$,
      $$integration_enable('int_nobody', true)$$,
      $$integration_set('int_nobody', null, null)$$,
      $$integration_rotate_token('int_nobody', null, '1h')$$]) call;

-- Rotation.
select integration_id as made from made \gset
create function verdict(i_token text) returns text language sql volatile as $$
    select verdict((select integration_id from made), i_token)
$$;
select is(verdict('one'), 'created', 'before: the first token is good');
select results_eq(
    $$ select r.has_token, r.previous_token_expires_at
         from made, tocsin_api.integration_rotate_token(
              made.integration_id, sha256('two'), '1 hour') r $$,
    $$ values (true, now() + interval '1 hour') $$,
    'a new token has the one before expire after the grace');
select is(verdict('two'), 'duplicate', 'the new token is good');
select is(verdict('one'), 'duplicate', 'so is the one before, for a while');
select is(verdict('three'), 'forbidden', 'and no other');
update tocsin_internal.integration
   set previous_token_expires_at = now()
 where integration_id = :'made';
select is(verdict('one'), 'forbidden', 'after the grace it is not');
select is(verdict('two'), 'duplicate', 'the new one still is');
select is(previous_token_expires_at, null, 'nothing is said of it any more')
  from tocsin_api.integration_show(:'made');
select tocsin_api.integration_rotate_token(:'made', sha256('three'), null);
select is(verdict('two'), 'forbidden',
    'without a grace the token before ends at once');
select tocsin_api.integration_rotate_token(:'made', sha256('four'), '1h');
select is(verdict('one'), 'forbidden', 'the one before that is forgotten');
select is(verdict('three'), 'duplicate', 'only one before is good');
select is(has_token, false, 'a token can be taken away')
  from tocsin_api.integration_rotate_token(:'made', null, '1h');
select is(verdict(null), 'duplicate', 'then none is asked for');
select throws_ok(format($$ select tocsin_api.integration_rotate_token(
    %L, sha256('x'), '-1s') $$, :'made'), 'TO422', null,
    'a grace is not negative');
select throws_ok(format($$ select tocsin_api.integration_rotate_token(
    %L, sha256('x'), '300000 years') $$, :'made'), 'TO422', null,
    'nor longer than anything lasts');
select throws_ok(format('update tocsin_internal.integration set %s ='
    ' ''infinity'', previous_token_hash = token_hash', at), '23514', null,
    format('%s is not infinite, whoever writes', at))
  from unnest('{created_at, previous_token_expires_at}'::text[]) at;
select throws_ok(format($$ select tocsin_api.integration_rotate_token(
    %L, 'x', '1h') $$, :'made'), 'TO422', null,
    'a new hash has 32 bytes');

-- Enable, disable, list.
select is(enabled, false, 'an integration can be disabled')
  from tocsin_api.integration_enable(:'made', false);
select is(verdict('three'), 'disabled', 'then it takes nothing');
select is(enabled, true, 'and enabled again')
  from tocsin_api.integration_enable(:'made', true);
select throws_ok(format(
    'select tocsin_api.integration_enable(%L, null)', :'made'),
    'TO422', null, 'neither is no answer');
select results_eq(
    $$ select name, open_count, acknowledged_count, last_event_at
         from tocsin_api.integration_list()
        where name in ('Disk watch', 'Plain') $$,
    $$ values ('Disk watch', 1::bigint, 0::bigint,
               timestamptz '2026-01-01 00:00+00'),
              ('Plain', 0, 0, null) $$,
    'the list counts what is live, in the order of names');

-- What a sender speaks.
select results_eq(
    $$ select dialect, wrapper_key
         from tocsin_api.integration_add('Plain', null, null, null) $$,
    $$ values (null, null) $$,
    'what is not said is no dialect and no wrapper key');
select results_eq(
    $$ select dialect, wrapper_key
         from tocsin_api.integration_add('Wrapping', sha256('w'), false,
             'low', 'uptime-kuma', '/data/the event') $$,
    $$ values ('uptime-kuma', '/data/the event') $$,
    'both are kept');
select results_eq(format(
    $$ select dialect, wrapper_key
         from tocsin_api.integration_set(
             (select integration_id from tocsin_internal.integration
               where name = 'Wrapping'), %L, %L) $$, i_dialect, i_wrapper_key),
    format('values (%L, %L)', dialect, wrapper_key), why)
  from (values
      (null, null, 'uptime-kuma', '/data/the event', 'null changes nothing'),
      ('sns', null, 'sns', '/data/the event', 'one is changed'),
      (null, '/a~1b/~0', 'sns', '/a~1b/~0', 'or the other'),
      ('', '', null, null, 'an empty one takes it away'),
      (null, '/1/2/3/4/5/6/7/8', null, '/1/2/3/4/5/6/7/8', 'eight steps'))
      v(i_dialect, i_wrapper_key, dialect, wrapper_key, why);
select throws_ok(format(
    'select tocsin_api.integration_set(%L, %L, %L)', :'made', d, w),
    'TO422', null, why)
  from (values
      ('Kuma', null, 'no capitals in a dialect'),
      ('-a', null, 'nor a hyphen in front'),
      (repeat('a', 33), null, 'nor 33 letters'),
      (null, 'a', 'a pointer begins with a slash'),
      (null, '/', 'and has a name'),
      (null, '/a//b', 'in each step'),
      (null, '/a~2', 'with ~ only as ~0 or ~1'),
      (null, '/a\b', 'without a backslash'),
      (null, E'/a
b', 'in one line'),
      (null, '/1/2/3/4/5/6/7/8/9', 'of at most eight steps'),
      (null, '/' || repeat(U&'\00e9', 128), 'of at most 255 bytes'))
      v(d, w, why);
select throws_ok(format('update tocsin_internal.integration set %s', s),
    '23514', null, format('whoever writes: %s', s))
  from unnest(array[$$dialect = 'A'$$, $$dialect = ''$$,
      $$wrapper_key = ''$$, $$wrapper_key = 'a'$$]) s;
select tocsin_api.integration_set(:'made', null, '/data');
select is(wrapper_key, '/data', 'the responder''s copy has it')
  from tocsin_api.admission() where integration_id = :'made';
select results_eq(
    format($$ select refusal, wrapper_key
         from tocsin_api.judge_senders(array[%1$L, %1$L],
             array[null, sha256('wrong')]) $$, :'made'),
    $$ values (null, '/data'), (null, '/data') $$,
    'who may send is told with it');
update tocsin_internal.integration set token_hash = sha256('set')
 where integration_id = :'made';
select results_eq(
    format($$ select refusal, wrapper_key
         from tocsin_api.judge_senders(array[%1$L, %1$L],
             array[sha256('set'), sha256('wrong')]) $$, :'made'),
    $$ values (null, '/data'), ('forbidden', null) $$,
    'a stranger is told nothing of it');

-- What waits in a spool is judged by what was good when it was received.
create function spooled(i_integration_id text, i_token text,
    i_received_at timestamptz)
returns text language sql volatile as $$
    select (post('create', 'S', i_integration_id, i_source => 'spool',
        i_received_at => i_received_at,
        i_token_hash => case when i_token is null then ''
            else sha256(i_token::bytea) end)).outcome
$$;
-- The same as one of a batch, which goes another way.
create function spooled_together(i_integration_id text, i_token text,
    i_received_at timestamptz)
returns text language sql volatile as $$
    select min(r.outcome)
      from (select array_agg(row(
                   make_id(), i_received_at, 'spool', i_integration_id,
                   case when i_token is null then ''
                       else sha256(i_token::bytea) end,
                   'acknowledge', key, null, null, null, null, null, null,
                   null, null, null, null, null, null,
                   null)::tocsin_api.event_in) as events
              from unnest('{S1, S2}'::text[]) key) e,
           tocsin_api.ingest(e.events) r
$$;
create function later(i_interval interval) returns timestamptz
language sql volatile as 'select clock_timestamp() + i_interval';
insert into tocsin_internal.integration (integration_id, name, token_hash)
select id, id, sha256(token::bytea)
  from (values ('int_sp', 'a'), ('int_sp_none', null), ('int_sp_again', 'a'),
           ('int_sp_hand', 'a'), ('int_sp_grace', 'a'), ('int_sp_off', 'a'))
       v(id, token);
select is(spooled('int_sp', 'a', now()), 'created',
    'a spooled event of the token that is good is stored');
select is(spooled('int_sp', 'x', now()), 'forbidden',
    'of one that never was it is not');
select is(spooled('int_sp', null, now()), 'forbidden', 'nor of none');
select is(spooled_together('int_sp', 'a', now()), 'ignored',
    'in a batch the good one is taken');
select is(spooled_together('int_sp', t, now()), 'forbidden',
    'in a batch it is no other way')
  from unnest('{x, null}'::text[]) t;
select tocsin_api.integration_rotate_token('int_sp', sha256('b'), null);
select is(spooled('int_sp', 'a', later('-1 h')), 'duplicate',
    'received before the token was revoked, it is stored');
select is(spooled('int_sp', 'a', later('1 s')), 'forbidden',
    'received after, it is not');
select is(spooled_together('int_sp', 'a', later('-1 h')), 'ignored',
    'so it is in a batch: before');
select is(spooled_together('int_sp', 'a', later('1 s')), 'forbidden',
    'and after');
select is(spooled('int_sp', 'b', later('1 s')), 'duplicate',
    'the new token is good');
select is((post('create', 'S', 'int_sp', i_source => 'spool')).outcome,
    'duplicate', 'a record that says nothing of a token is taken as it is');

select tocsin_api.integration_rotate_token('int_sp_grace', sha256('b'),
    '1 h');
select is(spooled('int_sp_grace', 'a', later('30 min')), 'created',
    'in its grace the token before is good');
select is(spooled('int_sp_grace', 'a', later('61 min')), 'forbidden',
    'after it, it is not');
select tocsin_api.integration_rotate_token('int_sp_grace', sha256('c'), null);
select is(spooled('int_sp_grace', t, later('30 min')), 'forbidden',
    'another rotation ends ' || t) from unnest('{a, b}'::text[]) t;
select is(spooled('int_sp_grace', t, later('-1 min')), 'duplicate',
    'but not what was received with it: ' || t)
  from unnest('{a, b}'::text[]) t;

select tocsin_api.integration_rotate_token('int_sp_again', sha256('b'), null);
select tocsin_api.integration_rotate_token('int_sp_again', sha256('a'), null);
select is(spooled('int_sp_again', 'a', later('1 s')), 'created',
    'a token that is good again is good');
select is(spooled('int_sp_again', 'b', later('1 s')), 'forbidden',
    'and that between is not');

select is(spooled('int_sp_none', t, now()), e,
    'where none is asked for, any is good')
  from (values (null, 'created'), ('any', 'duplicate')) v(t, e);
select tocsin_api.integration_rotate_token('int_sp_none', sha256('b'), '1h');
select is(spooled('int_sp_none', t, later('-1 h')), 'duplicate',
    'received before one was asked for, it is stored')
  from unnest('{null, any}'::text[]) t;
select is(spooled('int_sp_none', t, later('1 s')), 'forbidden',
    'received after, it is not') from unnest('{null, any}'::text[]) t;

update tocsin_internal.integration set token_hash = sha256('b'),
       previous_token_hash = token_hash,
       previous_token_expires_at = '9999-12-31 00:00+00'
 where integration_id = 'int_sp_hand';
select is(spooled('int_sp_hand', 'a', later('10 years')), 'created',
    'what is written by hand is remembered too');
select is(previous_token_expires_us, 253402214400000000,
    'the end of its grace is told in microseconds')
  from tocsin_api.admission() where integration_id = 'int_sp_hand';
select throws_ok(
    $$ update tocsin_internal.integration
          set previous_token_expires_at = 'infinity'
        where integration_id = 'int_sp_hand' $$,
    '23514', null, 'which is never without end');
update tocsin_internal.integration
   set previous_token_expires_at = '0001-01-01 00:00+00'
 where integration_id = 'int_sp_hand';
select is(previous_token_expires_us, 0::bigint,
    'and not before 1970')
  from tocsin_api.admission() where integration_id = 'int_sp_hand';
select is(spooled('int_sp_hand', 'a', later('-10 years')), 'forbidden',
    'an end that is changed by hand counts');

select tocsin_api.integration_enable('int_sp_off', false);
select is(spooled('int_sp_off', 'a', later('-1 h')), 'created',
    'received before the integration was disabled, it is stored');
select is(spooled('int_sp_off', 'a', later('1 s')), 'disabled',
    'received after, it is not');
select tocsin_api.integration_enable('int_sp_off', true);
select is(spooled('int_sp_off', 'a', later('1 s')), 'duplicate',
    'enabled again, it is');
select throws_ok(
    $$ insert into tocsin_internal.retired_token
       values ('int_nobody', '', now()) $$, '23503', null,
    'tokens are those of an integration');

-- The responder's copy.
select results_eq(
    $$ select a::text
         from tocsin_api.admission() a
        where integration_id in ('int_token', 'int_off') $$,
    format($$ values ('(int_off,f,%1$s,,,)'), ('(int_token,t,%1$s,,,)') $$,
        encode(sha256('right'), 'hex')),
    'the responder''s copy has switches and hashes, in the order of ids');
insert into tocsin_internal.integration (integration_id, name, token_hash,
       previous_token_hash, previous_token_expires_at)
values ('int_forms', 'n', decode(repeat('00', 32), 'hex'),
       decode(repeat('ff', 32), 'hex'), '2026-01-01 00:00:00.123456+00');
set local bytea_output = escape;
set local datestyle = 'SQL, DMY';
select is(a::text, '(int_forms,t,' || repeat('0', 64) || ','
        || repeat('f', 64) || ',1767225600123456,)',
    'no setting of a session changes their form')
  from tocsin_api.admission() a
 where integration_id = 'int_forms';
reset bytea_output;
reset datestyle;
select is(tocsin_api.installation(), value,
    'the database tells which it is')
  from tocsin_internal.setting where name = 'installation';
select matches(tocsin_api.installation(), '^[0-9a-f-]{36}$', 'by a UUID');
select is((select count(*) from tocsin_api.admission()),
    (select count(*) from tocsin_internal.integration),
    'of every integration');
select is(tocsin_api.schema_version(),
    (select max(version) from tocsin_internal.migration),
    'the version of the schema is that of the last migration');

select * from finish();
rollback;
