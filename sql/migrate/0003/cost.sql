-- SPDX-License-Identifier: ISC
-- Part of hardening.sql: rules and indexes that cost an event less.

-- ----------------------------------------------------------------------
-- Views
-- ----------------------------------------------------------------------

-- The type of a column that a view reads cannot be changed.  Have the views
-- read nothing until install.sql replaces them; dropping them would also
-- drop what others have built on them, and their grants.  Views that somebody
-- has put beside them stay as they are.
do $$
declare
    _view   record;
begin
    for _view in
        select v.oid::regclass as name,
               string_agg(format('null::%s%s as %I',
                   format_type(a.atttypid, a.atttypmod),
                   case when c.oid is not null
                        then format(' collate %I.%I', n.nspname, c.collname)
                        end,
                   a.attname), ', ' order by a.attnum) as columns
          from pg_class v
          join pg_attribute a on a.attrelid = v.oid and a.attnum > 0
          left join pg_collation c
            on c.oid = a.attcollation
           and c.collname <> 'default'
          left join pg_namespace n on n.oid = c.collnamespace
         where v.relkind = 'v'
           and v.oid = any (array(
               select to_regclass(w.name)
                 from unnest('{tocsin.alerts, tocsin.annotations,
                      tocsin.daily, tocsin.events, tocsin.hourly,
                      tocsin.integrations, tocsin.metric_definitions,
                      tocsin.open_alerts, tocsin.prometheus,
                      tocsin.schema_info, tocsin.tags, tocsin.transitions,
                      tocsin_internal.fact, tocsin_internal.live,
                      tocsin_internal.reach}'::text[]) w(name)))
         group by v.oid
    loop
        execute format('create or replace view %s as select %s where false',
            _view.name, _view.columns);
    end loop;
end;
$$;

-- ----------------------------------------------------------------------
-- Rules
-- ----------------------------------------------------------------------

-- PostgreSQL parses the text of a table's CHECKs again in each statement,
-- but caches those of a domain, and evaluates them only for columns that
-- are set.  The domains get their rules after the columns get the domains;
-- the other way round would rewrite the table.
-- The guards guard_begin and guard_integration take the place of the foreign
-- key; guard_begin and guard_move that of the CHECKs of several columns.
alter table tocsin_internal.alert
    drop constraint alert_integration_id_fkey,
    drop constraint external_id_has_1_to_1024_bytes,
    drop constraint title_is_not_blank_and_not_long,
    drop constraint description_is_not_long,
    drop constraint meta_is_an_object,
    drop constraint duplicates_are_counted_from_0,
    drop constraint status_is_not_none,
    drop constraint open_was_never_acknowledged,
    drop constraint acknowledged_has_a_time,
    drop constraint resolved_has_a_time,
    drop constraint time_runs_forwards,
    drop constraint incident_has_a_severity;

create domain tocsin_internal.external_id as text collate "C";
create domain tocsin_internal.title as text;
create domain tocsin_internal.description as text;
create domain tocsin_internal.meta as jsonb;
create domain tocsin_internal.duplicate_count as integer;
comment on domain tocsin_internal.external_id
is 'Id that the sender gave an alert.';
comment on domain tocsin_internal.title
is 'Title of an alert.';
comment on domain tocsin_internal.description
is 'Description of an alert.';
comment on domain tocsin_internal.meta
is 'Meta of an alert.';
comment on domain tocsin_internal.duplicate_count
is 'Number of repeated creates.';

alter table tocsin_internal.alert
    alter external_id type tocsin_internal.external_id,
    alter title type tocsin_internal.title,
    alter description drop default,
    alter description type tocsin_internal.description,
    alter description set default '',
    alter meta drop default,
    alter meta type tocsin_internal.meta,
    alter meta set default '{}',
    alter duplicate_count drop default,
    alter duplicate_count type tocsin_internal.duplicate_count,
    alter duplicate_count set default 0;

alter domain tocsin_internal.external_id
    add constraint external_id_has_1_to_1024_bytes
        check (octet_length(value) between 1 and 1024);
alter domain tocsin_internal.title
    add constraint title_is_not_blank_and_not_long
        check (btrim(value, E' \t\n\r\f\x0b') <> ''
               and char_length(value) <= 1024);
alter domain tocsin_internal.description
    add constraint description_is_not_long
        check (octet_length(value) <= 65536);
alter domain tocsin_internal.meta
    add constraint meta_is_an_object
        check (jsonb_typeof(value) = 'object');
alter domain tocsin_internal.duplicate_count
    add constraint duplicates_are_counted_from_0
        check (value >= 0);

-- ----------------------------------------------------------------------
-- Alerts of a time range
-- ----------------------------------------------------------------------

-- With resolved_at, counting alerts and averaging their lifetimes reads no
-- table.  No update writes more for it: resolving an alert writes to all
-- indexes anyway, acknowledging one to none.
drop index tocsin_internal.alert_created_at_idx;
create index alert_created_at_idx
    on tocsin_internal.alert (created_at, integration_id)
    include (resolved_at);
comment on index tocsin_internal.alert_created_at_idx
is 'Time ranges of dashboards, and the alerts of one integration.';

-- ----------------------------------------------------------------------
-- The alerts of an Id
-- ----------------------------------------------------------------------

-- Ids differ more than integrations do: most comparisons with an entry end at
-- its first column.
drop index tocsin_internal.alert_one_live_per_external_id_idx;
create unique index alert_one_live_per_external_id_idx
    on tocsin_internal.alert (external_id, integration_id)
    where resolved_at is null;
comment on index tocsin_internal.alert_one_live_per_external_id_idx
is 'At most one live alert per integration and Id, under any concurrency.';
drop index tocsin_internal.alert_newest_resolved_idx;
create index alert_newest_resolved_idx
    on tocsin_internal.alert (external_id, integration_id, alert_id desc)
    where resolved_at is not null;
comment on index tocsin_internal.alert_newest_resolved_idx
is 'Finds the newest resolved alert of an Id.';

-- ----------------------------------------------------------------------
-- Events of an integration
-- ----------------------------------------------------------------------

-- An event that leaves an alert live is known from that alert, so that a
-- create needs no entry in this index.
drop index tocsin_internal.event_integration_id_idx;
create index event_integration_id_idx
    on tocsin_internal.event (integration_id, received_at)
    where outcome in ('resolved', 'ignored');
comment on index tocsin_internal.event_integration_id_idx
is 'The last event of an integration that left no alert live.';

-- The events of one integration are found here without reading the table, as
-- alerts are in alert_created_at_idx.
drop index tocsin_internal.event_received_at_idx;
create index event_received_at_idx
    on tocsin_internal.event (received_at, integration_id);
comment on index tocsin_internal.event_received_at_idx
is 'Time ranges of dashboards, and the events of one integration.';

-- An alert may be repeated for months: its newest events are found here, too.
drop index tocsin_internal.event_alert_id_idx;
create index event_alert_id_idx
    on tocsin_internal.event (alert_id, received_at);
comment on index tocsin_internal.event_alert_id_idx
is 'The history of one alert, by time.';

-- Partitions copy comments of indexes only when they are created.
do $$
declare
    _index  record;
begin
    for _index in
        select i.inhrelid::regclass as name,
               obj_description(i.inhparent, 'pg_class') as text
          from pg_inherits i
          join pg_index x on x.indexrelid = i.inhrelid
         where i.inhparent in (
               'tocsin_internal.event_alert_id_idx'::regclass,
               'tocsin_internal.event_integration_id_idx'::regclass,
               'tocsin_internal.event_received_at_idx'::regclass)
           and x.indrelid <> 'tocsin_internal.event_default'::regclass
    loop
        execute format('comment on index %s is %L', _index.name, _index.text);
    end loop;
end;
$$;
