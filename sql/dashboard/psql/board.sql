-- SPDX-License-Identifier: ISC
--
-- A board for a terminal: counts of live alerts, the live alerts, the latest
-- events, and silent integrations.  Prints once, or every five seconds until
-- control-C:
--
--      psql -X -d tocsin -U tocsin_reader -f sql/dashboard/psql/board.sql
--      psql -X -d tocsin -U tocsin_reader -v watch=5 -f ...
--
-- Within psql use \i; \set watch 5 before it makes it repeat, through \watch.
-- More settings:
--
--      -v lines=20         maximum number of alerts and of events
--      -v silent='1 day'   time after which an integration is silent

\set quiet_before :QUIET
\set QUIET on
\if :{?lines}
\else
    \set lines 20
\endif
\if :{?silent}
\else
    \set silent '1 day'
\endif
\pset pager off
\pset footer off
\pset null -

-- Otherwise an operator that somebody created in public may be chosen instead
-- of the one meant.
show search_path \gset before_
set search_path = pg_catalog, pg_temp;

-- All four are sent together, so they show the same moment.
select count(*) filter (where status = 'open') as "open",
       count(*) filter (where status = 'acknowledged') as "ack'd",
       count(*) filter (where incident) as "incidents",
       count(*) filter (where urgency = 'critical') as "critical",
       date_trunc('second', max(now() - created_at)
           filter (where status = 'open')) as "oldest open",
       date_trunc('second', now()) as "at"
  from tocsin.open_alerts \;
select case status when 'open' then 'open' else 'ack''d' end as "live",
       urgency,
       date_trunc('second', now() - created_at) as "age",
       duplicate_count as "again",
       left(integration_name, 24) as "integration",
       left(external_id, 20) as "Id",
       left(regexp_replace(title, '\s+', ' ', 'g'), 60) as "title"
  from tocsin.open_alerts
 order by acknowledged_at is not null, created_at, id
 limit :lines \;
select date_trunc('second', now() - received_at) as "ago",
       event_type as "event",
       outcome,
       coalesce(left(integration_name, 24), integration_id) as "integration",
       left(external_id, 20) as "Id",
       reason
  from tocsin.events
 order by received_at desc
 limit :lines \;
select date_trunc('second', now() - last_event_at) as "silent for",
       left(name, 24) as "integration",
       id
  from tocsin.integrations
 where enabled
   and (last_event_at is null or last_event_at < now() - interval :'silent')
 order by last_event_at nulls first, name
\if :{?watch}
    \watch :watch
\else
    \g
\endif

set search_path = :before_search_path;
\pset null ''
\pset footer on
\pset pager on
\set QUIET :quiet_before
