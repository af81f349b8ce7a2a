-- SPDX-License-Identifier: ISC
-- The queries of tests/bench/views besides those of the dashboards that are
-- shipped: a name, then a query, indented.  Those whose names begin with long
-- may take half a second.  :'id', :'integration', :'external' and :'name' are
-- those of an alert from the middle of the history.

open alerts:
    select * from tocsin.open_alerts
open alerts, the first:
    select * from tocsin.open_alerts limit 100
open alerts, of an integration:
    select * from tocsin.open_alerts where integration_name = :'name'
open alerts, counted:
    select count(*) from tocsin.open_alerts
open alerts, by urgency:
    select urgency, count(*) from tocsin.open_alerts group by 1
alerts, of a day:
    select * from tocsin.alerts
     where created_at > now() - interval '24 hours' order by created_at desc
alerts, the latest:
    select * from tocsin.alerts order by created_at desc limit 100
alerts, the latest of an integration:
    select * from tocsin.alerts where integration_id = :'integration'
     order by created_at desc limit 100
alerts, the latest of a name:
    select * from tocsin.alerts where integration_name = :'name'
     order by created_at desc limit 100
alerts, one:
    select * from tocsin.alerts where id = :'id'
alerts, by Id:
    select * from tocsin.alerts where external_id = :'external'
     order by created_at desc limit 100
alerts, by integration and Id:
    select * from tocsin.alerts
     where integration_id = :'integration' and external_id = :'external'
     order by created_at desc limit 100
alerts, a word in titles of 30 days:
    select * from tocsin.alerts
     where title ilike '%disk%' and created_at > now() - interval '30 days'
     order by created_at desc limit 50
alerts, a word in all titles:
    select * from tocsin.alerts where title ilike '%disk%'
     order by created_at desc limit 50
alerts, open ones:
    select * from tocsin.alerts where status = 'open' limit 100
alerts, live ones:
    select count(*) from tocsin.alerts where status <> 'resolved'
alerts, by status:
    select status, count(*) from tocsin.alerts group by 1
alerts, counted:
    select count(*) from tocsin.alerts
alerts, by status, from daily:
    select status, count(*) from tocsin.open_alerts group by 1
     union all
    select 'resolved', sum(resolved_count) from tocsin.daily
alerts, of 30 days, counted:
    select count(*) from tocsin.alerts
     where created_at > now() - interval '30 days'
alerts, of 30 days, by integration:
    select integration_name, count(*), avg(lifetime_seconds)
      from tocsin.alerts
     where created_at > now() - interval '30 days' group by 1
alerts, of 30 days, by day:
    select date_trunc('day', created_at), count(*) from tocsin.alerts
     where created_at > now() - interval '30 days' group by 1 order by 1
alerts, of 30 days, with a tag:
    select count(*) from tocsin.alerts
     where 'a' = any(tags) and created_at > now() - interval '30 days'
alerts, resolved today:
    select count(*) from tocsin.alerts
     where resolved_at > now() - interval '24 hours'
alerts, most repeated of a week:
    select title, duplicate_count from tocsin.alerts
     where created_at > now() - interval '7 days'
     order by duplicate_count desc limit 10
metabase, browse alerts:
    select * from tocsin.alerts limit 2000
metabase, browse events:
    select * from tocsin.events limit 2000
metabase, values of status:
    select status from tocsin.alerts group by 1 order by 1 limit 1000
metabase, values of names:
    select integration_name from tocsin.alerts group by 1 order by 1 limit 1000
metabase, sample of texts:
    select substring(title, 1, 1234), substring(description, 1, 1234)
      from tocsin.alerts limit 10000
tags, of 30 days:
    select tag, count(*) from tocsin.tags
     where created_at > now() - interval '30 days' group by 1
events, of a day:
    select * from tocsin.events
     where received_at > now() - interval '24 hours'
events, the latest:
    select * from tocsin.events order by received_at desc limit 100
events, the latest of an integration:
    select * from tocsin.events where integration_id = :'integration'
     order by received_at desc limit 100
events, of an alert:
    select * from tocsin.events where alert_id = :'id' order by received_at
events, of a day, by outcome:
    select outcome, count(*) from tocsin.events
     where received_at > now() - interval '24 hours' group by 1
events, of 30 days, by outcome:
    select outcome, count(*) from tocsin.events
     where received_at > now() - interval '30 days' group by 1
transitions, of a day:
    select * from tocsin.transitions where at > now() - interval '24 hours'
integrations:
    select * from tocsin.integrations
prometheus:
    select metric, integration, integration_id, status, value
      from tocsin.prometheus
hourly, of a day:
    select * from tocsin.hourly where bucket_at >= now() - interval '24 hours'
hourly, of a week:
    select * from tocsin.hourly where bucket_at >= now() - interval '7 days'
long hourly, of 30 days:
    select * from tocsin.hourly where bucket_at >= now() - interval '30 days'
hourly, of 30 days of an integration:
    select * from tocsin.hourly
     where bucket_at >= now() - interval '30 days'
       and integration_id = :'integration'
long hourly, of 30 days, summed:
    select bucket_at, sum(created_count) from tocsin.hourly
     where bucket_at >= now() - interval '30 days' group by 1
daily, of 30 days:
    select * from tocsin.daily where bucket_at >= now() - interval '30 days'
long daily, of a year:
    select * from tocsin.daily where bucket_at >= now() - interval '365 days'
long daily, the latest:
    select * from tocsin.daily order by bucket_at desc limit 10
annotations, of a day:
    select * from tocsin.annotations where time > now() - interval '24 hours'
annotations, that touch a day:
    select * from tocsin.annotations
     where time < now()
       and (timeend is null or timeend > now() - interval '24 hours')
board: board_check:
    select * from tocsin_api.board_check()
board: board_counts:
    select * from tocsin_api.board_counts()
board: board_alerts:
    select * from tocsin_api.board_alerts(200)
board: board_hours:
    select * from tocsin_api.board_hours()
board: board_integrations:
    select * from tocsin_api.board_integrations(200)
board: board_integrations, one:
    select * from tocsin_api.board_integrations(1, :'integration')
board: board_alert:
    select * from tocsin_api.board_alert(:'id')
board: board_events:
    select * from tocsin_api.board_events(:'id', 50)
board: live_counts:
    select * from tocsin_api.live_counts()
board: admission:
    select * from tocsin_api.admission()
