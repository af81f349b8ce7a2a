-- SPDX-License-Identifier: ISC
-- The views: columns are a contract, only ever appended to.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

-- Columns and types in their order.
create function columns_of(i_view text) returns text language sql as $$
    select string_agg(attname || ' ' || format_type(atttypid, null), ', '
                      order by attnum)
      from pg_attribute
     where attrelid = ('tocsin.' || i_view)::regclass and attnum > 0
$$;
create function said(i_text text) returns text language sql as $$
    select trim(regexp_replace(i_text, '\s+', ' ', 'g'))
$$;
select is(columns_of('alerts'), said('
    id uuid, integration_id text, integration_name text, external_id text,
    title text, status text, urgency text, incident boolean,
    incident_severity text, incident_message text, tags text[],
    tags_text text, created_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    resolved_at timestamp with time zone,
    last_event_at timestamp with time zone,
    response_seconds double precision, resolve_seconds double precision,
    lifetime_seconds double precision, age_seconds double precision,
    duplicate_count integer, event_count bigint, auto_resolved boolean,
    meta jsonb, additional_data jsonb, description text, flags text[],
    since_previous_seconds double precision, latest_title text,
    latest_description text, told_count bigint,
    next_step_at timestamp with time zone'),
    'columns of alerts');
select is(columns_of('open_alerts'), said('
    id uuid, integration_id text, integration_name text, external_id text,
    title text, status text, urgency text, incident boolean,
    incident_severity text, incident_message text, tags text[],
    tags_text text, created_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    last_event_at timestamp with time zone,
    response_seconds double precision, age_seconds double precision,
    unacknowledged_seconds double precision, duplicate_count integer,
    event_count bigint, meta jsonb, additional_data jsonb,
    description text, flags text[], told_count bigint,
    next_step_at timestamp with time zone'),
    'columns of open_alerts');
select is(columns_of('events'), said('
    id uuid, received_at timestamp with time zone, integration_id text,
    integration_name text, alert_id uuid, external_id text,
    event_type text, outcome text, reason text, from_status text,
    to_status text, http_status integer, remote_addr text,
    duration_ms double precision, request_id text, source text,
    stored_at timestamp with time zone, flags text[]'),
    'columns of events');
select is(columns_of('integrations'), said('
    id text, name text, enabled boolean, has_token boolean,
    capture_additional_data boolean, open_count bigint,
    acknowledged_count bigint, created_24h_count bigint,
    last_event_at timestamp with time zone, silent_seconds double precision,
    mtta_7d_seconds double precision, mttr_7d_seconds double precision,
    oldest_open_at timestamp with time zone, dialect text,
    wrapper_key text'),
    'columns of integrations');
select is(columns_of('transitions'), said('
    at timestamp with time zone, alert_id uuid, integration_name text,
    from_status text, to_status text, event_id uuid, source text,
    integration_id text, external_id text'),
    'columns of transitions');
select is(columns_of(v), said('
    bucket_at timestamp with time zone, integration_id text,
    integration_name text, event_count bigint, created_count bigint,
    duplicate_count bigint, acknowledged_count bigint,
    resolved_count bigint, auto_resolved_count bigint,
    mtta_seconds double precision, mtta_closed_seconds double precision,
    mttr_seconds double precision, response_p50_seconds double precision,
    response_p95_seconds double precision,
    lifetime_p50_seconds double precision,
    lifetime_p95_seconds double precision,
    noise_reduction_ratio double precision, mtbf_seconds double precision'),
    'columns of ' || v)
  from unnest('{hourly, daily}'::text[]) v;
select is(columns_of('tags'), said('
    alert_id uuid, tag text, status text,
    created_at timestamp with time zone, integration_id text,
    integration_name text'),
    'columns of tags');
select is(columns_of('annotations'), said('
    time timestamp with time zone, timeend timestamp with time zone,
    text text, tags text, alert_id uuid, integration_id text,
    integration_name text'),
    'columns of annotations');
select is(columns_of('metric_definitions'), said('
    name text, label text, unit text, definition text,
    counted_alerts text'),
    'columns of metric_definitions');
select is(columns_of('schema_info'), said('
    schema_version integer, applied_at timestamp with time zone,
    software_version text'),
    'columns of schema_info');
select is(columns_of('prometheus'), said('
    metric text, integration text, status text, value double precision,
    integration_id text, destination text'),
    'columns of prometheus');
select is(columns_of('heartbeats'), said('
    integration_id text, integration_name text, name text, status text,
    heard_by text, heard_id text, period_seconds double precision,
    grace_seconds double precision, urgency text, tags text[],
    heard_at timestamp with time zone, due_at timestamp with time zone,
    paused_at timestamp with time zone, created_at timestamp with time zone,
    external_id text'),
    'columns of heartbeats');
select is(columns_of('deliveries'), said('
    id bigint, destination text, destination_id text, alert_id uuid,
    integration_id text, external_id text, title text, notice text,
    notice_id uuid, urgency text, status text, waiting_for text,
    reason text, attempts integer, created_at timestamp with time zone,
    due_at timestamp with time zone, expires_at timestamp with time zone,
    sent_at timestamp with time zone, last_status integer,
    took_ms integer, excerpt text'),
    'columns of deliveries');
select is(columns_of('destinations'), said('
    id text, name text, kind text, format text, enabled boolean,
    disabled_reason text, waiting_for text,
    broken_since timestamp with time zone,
    last_sent_at timestamp with time zone, last_error text,
    last_error_at timestamp with time zone, waiting_count bigint,
    oldest_due_at timestamp with time zone,
    created_at timestamp with time zone'),
    'columns of destinations');
select views_are('tocsin',
    '{alerts, open_alerts, events, transitions, integrations, hourly,
      daily, tags, annotations, metric_definitions, schema_info,
      prometheus, heartbeats, deliveries, destinations}'::name[],
    'these are the views');
select is_empty(
    $$ select c.relname, a.attname
         from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = 'tocsin'::regnamespace
          and a.atttypid >= 16384 $$,
    'every column has a type that PostgreSQL comes with');
select is_empty(
    $q$ select c.relname, a.attname
         from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace = 'tocsin'::regnamespace
          and (a.atttypid in ('interval'::regtype, 'timestamp'::regtype)
              or a.attname ~ '_total$|^total_|^state$') $q$,
    'no interval, no local time, no name that tools misread');

-- Two days ago: opened, repeated, acknowledged after 60 s, resolved after
-- 300 s.  An hour ago: one that is open, one acknowledged.  Ten minutes
-- ago: one that resolved by itself after 30 s.
create function at(i_ago interval) returns timestamptz language sql stable
as 'select now() - i_ago';
select post('create', 'old', i_received_at => at('2 days'),
    i_tags => '{a,b}');
select post('create', 'old', i_received_at => at('2 days') + '10 s',
    i_title => 'Newer');
select post('acknowledge', 'old', i_received_at => at('2 days') + '60 s');
select post('resolve', 'old', i_received_at => at('2 days') + '300 s',
    i_source => 'spool');
select post('create', 'open', i_received_at => at('1 hour'));
select post('create', 'taken', i_received_at => at('2 hours'));
select post('acknowledge', 'taken', i_received_at => at('1 hour'));
select post('create', 'self', i_received_at => at('10 minutes'));
select post('resolve', 'self', i_received_at => at('10 minutes') + '30 s');
select post('resolve', 'nobody', i_received_at => at('5 minutes'),
    i_source => 'operator');

select results_eq(
    $$ select external_id collate "default", status, tags_text,
              response_seconds, resolve_seconds, lifetime_seconds,
              age_seconds, duplicate_count, event_count, auto_resolved
         from tocsin.alerts order by created_at $$,
    $$ values
        ('old', 'resolved', 'a,b', 60::float8, 240::float8, 300::float8,
         null::float8, 1, 4::bigint, false),
        ('taken', 'acknowledged', '', 3600, null, null, 7200, 0, 2, false),
        ('open', 'open', '', null, null, null, 3600, 0, 1, false),
        ('self', 'resolved', '', null, null, 30, null, 0, 2, true) $$,
    'alerts: times in seconds, events counted');
select results_eq(
    $$ select external_id collate "default", status, age_seconds,
              unacknowledged_seconds, response_seconds
         from tocsin.open_alerts $$,
    $$ values ('open', 'open', 3600::float8, 3600::float8, null::float8),
              ('taken', 'acknowledged', 7200, null, 3600) $$,
    'open_alerts: live ones, first what nobody has acknowledged');
select bag_eq(
    $$ select external_id collate "default", outcome, reason, from_status,
              to_status, http_status, source, alert_id is null
         from tocsin.events $$,
    $$ values
        ('old', 'created', null, 'none', 'open', 200, 'webhook', false),
        ('old', 'duplicate', null, 'open', 'open', 200, 'webhook', false),
        ('old', 'acknowledged', null, 'open', 'acknowledged', 200,
         'webhook', false),
        ('old', 'resolved', null, 'acknowledged', 'resolved', 202, 'spool',
         false),
        ('taken', 'created', null, 'none', 'open', 200, 'webhook', false),
        ('taken', 'acknowledged', null, 'open', 'acknowledged', 200,
         'webhook', false),
        ('open', 'created', null, 'none', 'open', 200, 'webhook', false),
        ('self', 'created', null, 'none', 'open', 200, 'webhook', false),
        ('self', 'resolved', null, 'open', 'resolved', 200, 'webhook',
         false),
        ('nobody', 'ignored', 'unknown_id', 'none', 'none', null,
         'operator', true) $$,
    'events: one row each, with what the sender was answered');
select cmp_ok(duration_ms, '>=', 600000::float8,
    'events: from received to stored in milliseconds')
  from tocsin.events
 where external_id = 'self' and outcome = 'created';
select is(request_id, id::text,
    'events: without a request id that of the event stands in')
  from tocsin.events where external_id = 'open';
select results_eq(
    $$ select name, open_count, acknowledged_count, created_24h_count,
              last_event_at, silent_seconds, mtta_7d_seconds,
              mttr_7d_seconds, oldest_open_at
         from tocsin.integrations
        where id in ('int_plain', 'int_token') order by name $$,
    $$ values ('plain', 1::bigint, 1::bigint, 3::bigint, at('5 minutes'),
               300::float8, ((60 + 3600) / 2)::float8,
               ((300 + 30) / 2)::float8, at('1 hour')),
              ('with a token', 0, 0, 0, null, null, null, null, null) $$,
    'integrations: counts, silence, mean times');
select is((select has_token from tocsin.integrations
            where id = 'int_token'), true,
    'integrations: whether there is a token');
select is_empty(
    $$ select from tocsin.integrations i
        where i::text like '%' || encode(sha256('right'), 'hex') || '%' $$,
    'but never its hash');

-- The text of repeats.
select results_eq(
    $$ select title, latest_title, latest_description
         from tocsin.alerts where external_id in ('old', 'open')
        order by created_at $$,
    $$ values ('Title', 'Newer', ''), ('Title', null, null) $$,
    'alerts: the text of the latest create that repeated it');
select post('create', 'open', i_title => 'second');
select post('create', 'open', i_title => 'third');
select is(latest_title, 'third', 'alerts: it is that of the last one')
  from tocsin.alerts where external_id = 'open';

-- What follows from them.
select results_eq(
    $$ select external_id collate "default", from_status, to_status, source
         from tocsin.transitions
        where external_id in ('old', 'self', 'nobody') order by at $$,
    $$ values ('old', 'none', 'open', 'webhook'),
              ('old', 'open', 'acknowledged', 'webhook'),
              ('old', 'acknowledged', 'resolved', 'spool'),
              ('self', 'none', 'open', 'webhook'),
              ('self', 'open', 'resolved', 'webhook') $$,
    'transitions: steps of alerts, and nothing that moved none');
select post('create', 'self', i_received_at => at('5 minutes'));
select is(from_status, 'none',
    'transitions: an alert begins from none, whatever was before it')
  from tocsin.transitions
 where external_id = 'self' and to_status = 'open'
   and at = at('5 minutes');
select is(since_previous_seconds, 270::float8,
    'alerts: how long its Id had been quiet')
  from tocsin.alerts where external_id = 'self' and status = 'open';
select is(count(*), 0::bigint, 'alerts: which it was not before the first')
  from tocsin.alerts
 where external_id = 'old' and since_previous_seconds is not null;
select results_eq(
    $$ select tag, status, integration_name from tocsin.tags order by tag $$,
    $$ values ('a', 'resolved', 'plain'), ('b', 'resolved', 'plain') $$,
    'tags: one row for each tag of an alert');
select results_eq(
    $$ select time = at('2 days'), timeend = at('2 days') + '300 s', text,
              tags
         from tocsin.annotations a
        where alert_id = (newest('old')).alert_id $$,
    $$ values (true, true, 'Title', 'plain,medium,a,b') $$,
    'annotations: what Grafana draws');
select results_eq(
    $$ select metric, status, value
         from tocsin.prometheus
        where integration = 'plain' and integration_id = 'int_plain'
          and metric !~ 'timestamp|mtt'
        order by metric, status $$,
    $$ values ('tocsin_alerts', 'acknowledged', 1::float8),
              ('tocsin_alerts', 'open', 2),
              ('tocsin_alerts_created_24h', '', 4),
              ('tocsin_integration_enabled', '', 1),
              ('tocsin_oldest_unacknowledged_seconds', 'open', 3600) $$,
    'prometheus: a sample a row');
select is_empty(
    $$ select from tocsin.prometheus
        group by metric, integration, integration_id, status, destination
       having count(*) > 1 $$,
    'prometheus: no two samples of the same labels');
select bag_eq(
    $$ select integration_id collate "default", status, alert_count
         from tocsin_api.live_counts() where integration_id ~ '^int_[pt]' $$,
    $$ values ('int_plain', 'open', 2::bigint),
              ('int_plain', 'acknowledged', 1),
              ('int_token', 'open', 0), ('int_token', 'acknowledged', 0) $$,
    'live_counts: every integration, zeros too');
select results_eq(
    $$ select schema_version, applied_at <= now() from tocsin.schema_info $$,
    $$ select tocsin_api.schema_version(), true $$,
    'schema_info: what is installed');

select * from finish();
rollback;
