-- SPDX-License-Identifier: ISC
--
-- psql -v alerts=N [-v ids=M] -f history.sql
--
-- A year of history in a database with the schema: N alerts spread evenly
-- over the last 365 days and 50 integrations, each with an Id of its own, one
-- in a hundred still open, the others acknowledged and resolved, with their
-- three events each.  With ids: M Ids in turn in 5 integrations, the newest
-- alert of each open.  Inserts sets, bypassing the guards; the result is what
-- the lifecycle would have made.
\set ON_ERROR_STOP on
\if :{?ids}
    \set integrations 5
    \set apart 5
    \set is_over 'h.n <= :alerts - :ids'
\else
    \set ids :alerts
    \set integrations 50
    \set apart 1
    \set is_over 'h.n % 100 <> 0'
\endif
set synchronous_commit = off;
set session_replication_role = replica;
set maintenance_work_mem = '256MB';
set work_mem = '64MB';

insert into tocsin_internal.integration (integration_id, name)
select 'int_history' || to_char(i, 'FM00'), 'history ' || i
  from generate_series(1, :integrations) i;

create function pg_temp.id_at(i_at timestamptz, i_n bigint)
returns uuid
language sql
stable
as $$
    select (lpad(to_hex((extract(epoch from i_at) * 1000)::bigint), 12, '0')
        || '7' || substr(md5(i_n::text), 1, 3)
        || '8' || substr(md5(i_n::text), 4, 15))::uuid
$$;

create unlogged table tocsin_internal.bench_history as
select pg_temp.id_at(t.at, h.n) as alert_id,
       'int_history' || to_char(1 + h.n % :ids % :integrations, 'FM00')
           as integration_id,
       'host-' || h.n % :ids / :apart as external_id,
       h.n,
       t.at,
       :is_over as is_over
  from (select n,
               now() - interval '365 days' * (1 - n::float8 / :alerts)
                   - interval '1 hour'
          from generate_series(1, :alerts) n) h(n, exact)
 cross join lateral (select date_trunc('milliseconds', h.exact) as at) t;

insert into tocsin_internal.alert (
       alert_id, integration_id, external_id, status, title, description,
       urgency, tags, incident, incident_severity, incident_message,
       duplicate_count, created_at, acknowledged_at, resolved_at,
       last_event_at)
select alert_id, integration_id, external_id,
       (case when is_over then 'resolved' else 'open' end)
           ::tocsin_internal.status,
       'Example Incident Title', 'Example Incident Description',
       'medium', '{a,b,c}', true, 'SEV-1',
       'Please join conference bridge 1-800-123-4567',
       case when is_over then 0 else 2 end, at,
       case when is_over then at + interval '2 minutes' end,
       case when is_over then at + interval '10 minutes' end,
       at + interval '10 minutes'
  from tocsin_internal.bench_history;

-- The months that have no partition get one, filled before it is attached,
-- so that its indexes are built at once.
create procedure pg_temp.fill_month(i_month timestamptz)
language plpgsql
as $$
declare
    _name   text := 'event_' || to_char(i_month at time zone 'UTC',
                'YYYY_MM');
    _next   timestamptz := (i_month at time zone 'UTC' + interval '1 month')
                at time zone 'UTC';
    _new    boolean := to_regclass('tocsin_internal.' || _name) is null;
begin
    if _new then
        execute format('create table tocsin_internal.%I
            (like tocsin_internal.event including defaults)', _name);
    end if;
    execute format(
        'insert into tocsin_internal.%I (
            event_id, received_at, source, integration_id, alert_id,
            event_type, external_id, outcome, reason, from_status, to_status,
            title, description, tags, meta, incident, incident_severity,
            incident_message, remote_addr)
        select s.event_id, s.at, ''webhook'', s.integration_id, s.alert_id,
            s.event_type, s.external_id, s.outcome, s.reason, s.from_status,
            s.to_status, s.title, s.description, s.tags, s.meta, s.incident,
            s.incident_severity, s.incident_message, ''127.0.0.1''
          from pg_temp.steps s
         where s.at >= %L and s.at < %L', _name, i_month, _next);
    if _new then
        execute format('alter table tocsin_internal.event
            attach partition tocsin_internal.%I
            for values from (%L) to (%L)', _name,
            tocsin_internal.uuid_floor(i_month),
            tocsin_internal.uuid_floor(_next));
        -- As those that maintain makes; an installation replaces triggers.
        execute format('alter table tocsin_internal.%I owner to %I', _name,
            (select pg_get_userbyid(relowner)
               from pg_class
              where oid = 'tocsin_internal.event'::regclass));
    end if;
end;
$$;

-- What is still open was repeated twice.
create view pg_temp.steps as
select case s.step when 1 then h.alert_id
            else pg_temp.id_at(h.at + s.after, h.n) end as event_id,
       h.at + s.after as at, h.integration_id, h.alert_id, h.external_id,
       (case when h.is_over then s.event_type else 'create' end)
           ::tocsin_internal.event_type as event_type,
       (case when h.is_over or s.step = 1 then s.outcome
             else 'duplicate' end)::tocsin_internal.outcome as outcome,
       null::text as reason,
       (case when h.is_over or s.step = 1 then s.from_status
             else 'open' end)::tocsin_internal.status as from_status,
       (case when h.is_over then s.to_status else 'open' end)
           ::tocsin_internal.status as to_status,
       case when s.step = 1 then 'Example Incident Title' end as title,
       case when s.step = 1 then 'Example Incident Description' end
           as description,
       case when s.step = 1 then '{a,b,c}'::text[] end as tags,
       case when s.step = 1 then '{}'::jsonb end as meta,
       case when s.step = 1 then true end as incident,
       (case when s.step = 1 then 'SEV-1' end)
           ::tocsin_internal.severity as incident_severity,
       case when s.step = 1
            then 'Please join conference bridge 1-800-123-4567' end
           as incident_message
  from tocsin_internal.bench_history h
 cross join (values
       (1, interval '0', 'create', 'created', 'none', 'open'),
       (2, interval '2 minutes', 'acknowledge', 'acknowledged', 'open',
        'acknowledged'),
       (3, interval '10 minutes', 'resolve', 'resolved', 'acknowledged',
        'resolved'))
       as s(step, after, event_type, outcome, from_status, to_status);

select format('call pg_temp.fill_month(%L)',
           m at time zone 'UTC')
  from generate_series(
           date_trunc('month', (now() - interval '366 days')
               at time zone 'UTC'),
           date_trunc('month', now() at time zone 'UTC'),
           interval '1 month') m
\gexec

drop view pg_temp.steps;
drop table tocsin_internal.bench_history;
vacuum (analyze) tocsin_internal.alert, tocsin_internal.event;
