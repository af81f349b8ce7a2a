-- SPDX-License-Identifier: ISC
-- Ingest costs the same however much history there is: it goes by index
-- only.  Seen in the counters of the transaction, which hold for whatever
-- statements ingest is made of.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

-- Of an index the rows returned are its entries that were looked at.
create function counters(out seq_scans bigint, out rows_read bigint)
language sql volatile as $$
    select sum(pg_stat_get_xact_numscans(c.oid))
               filter (where c.relkind = 'r'),
           sum(pg_stat_get_xact_tuples_returned(c.oid))
      from pg_class c
     where c.relnamespace = 'tocsin_internal'::regnamespace
       and c.relkind in ('r', 'i')
       and c.relname ~ '^(alert|event)'
$$;

-- 64 events: creates, duplicates, acknowledges, resolves and unknown Ids,
-- of new keys, of live alerts and of resolved ones.
create function mixed_call(i_from integer) returns bigint
language sql volatile as $$
    select count(*)
      from (select tocsin_api.ingest(array_agg(row(
                make_id(), now(),
                (array['webhook', 'spool'])[1 + i / 4 % 2], 'int_plain', null,
                (array['create', 'acknowledge', 'resolve', 'create'])
                    [1 + i % 4],
                'key ' || i_from + i * 1000, 'T', '', null, '{}', '{}', '{}',
                false, null, null, null, '{}', null,
                null)::tocsin_api.event_in order by i))
              from generate_series(1, 64) i) r
$$;

-- The same in calls of one event, which go another way.
create function lone_calls(i_from integer) returns bigint
language sql volatile as $$
    select count(post(t.type, 'key ' || i_from + i * 1000))
      from generate_series(1, 16) i
     cross join unnest('{create, acknowledge, create, resolve}'::text[])
           as t(type)
$$;

create function cost_of_call(i_from integer,
    out seq_scans bigint, out rows_read bigint)
language plpgsql as $$
declare
    _before record := counters();
    _after  record;
begin
    if i_from < 0 then
        perform lone_calls(-i_from);
    else
        perform mixed_call(i_from);
    end if;
    _after := counters();
    seq_scans := _after.seq_scans - _before.seq_scans;
    rows_read := _after.rows_read - _before.rows_read;
end;
$$;

create function fill(i_from integer, i_to integer) returns void
language sql volatile as $$
    -- One in a hundred is live; the others are resolved.
    with made as (
        insert into tocsin_internal.alert
            (alert_id, integration_id, external_id, status, title, urgency,
             created_at, last_event_at)
        select make_id(now() + i * interval '1 ms'), 'int_plain',
               'key ' || i, 'open', 'T', 'low',
               now() + i * interval '1 ms', now() + i * interval '1 ms'
          from generate_series(i_from, i_to) i
        returning alert_id, external_id, created_at)
    insert into tocsin_internal.event
        (event_id, received_at, source, integration_id, alert_id,
         event_type, external_id, outcome, from_status, to_status)
    select alert_id, created_at, 'webhook', 'int_plain', alert_id,
           'create', external_id, 'created', 'none', 'open'
      from made;
    update tocsin_internal.alert
       set status = 'resolved', resolved_at = created_at
     where resolved_at is null
       and hashtext(external_id) % 100 <> 0;
$$;

-- With tables as good as empty, planned by statistics that say so.
select fill(1, 1);
analyze tocsin_internal.alert, tocsin_internal.event,
    tocsin_internal.integration;
select is(seq_scans, 0::bigint,
    'of few alerts none is read from end to end')
  from cost_of_call(1000000);
select is(seq_scans, 0::bigint, 'nor by a call of one event')
  from cost_of_call(-1000001);

-- A long-lived connection keeps that plan while the tables grow.
select fill(2, 150000);
select is(seq_scans, 0::bigint,
    'a plan made for few alerts reads none of 150000 from end to end')
  from cost_of_call(1);
select cmp_ok(rows_read, '<', 1000::bigint,
    'it reads a few rows per event')
  from cost_of_call(2);
select cmp_ok(rows_read, '<', 1000::bigint, 'so does a call of one event')
  from cost_of_call(-7);

-- A new connection, before and after statistics are gathered.
discard plans;
select is(seq_scans, 0::bigint, 'so does a plan made now')
  from cost_of_call(3);
analyze tocsin_internal.alert, tocsin_internal.event;
discard plans;
select is(seq_scans, 0::bigint, 'and one made after ANALYZE')
  from cost_of_call(4);
select cmp_ok(rows_read, '<', 1000::bigint,
    'that reads a few rows per event, too')
  from cost_of_call(5);
select cmp_ok(rows_read, '<', 1000::bigint, 'as does a call of one event')
  from cost_of_call(-8);

-- A call that holds known events looks them up by index as well.
create table twice as select make_id() as id;
select post('create', 'twice', i_event_id => id) from twice;
create table before_again as select * from counters();
select is(outcome, 'created', 'a known event gets its receipt')
  from twice, post('create', 'twice', i_event_id => id);
select is(c.seq_scans - b.seq_scans, 0::bigint,
    'without reading the log from end to end')
  from before_again b, counters() c;

-- Acknowledging touches no index, resolving does.
create function hot() returns bigint language sql volatile as $$
    select pg_stat_get_xact_tuples_hot_updated(
        'tocsin_internal.alert'::regclass)
$$;
select post('create', 'hot');
create table hot_before as select hot() as n;
select post('acknowledge', 'hot');
select post('create', 'hot');
select cmp_ok(hot() - n, '=', 2::bigint,
    'acknowledging and counting a duplicate touch no index')
  from hot_before;

select * from finish();
rollback;
