-- SPDX-License-Identifier: ISC
--
-- Install or upgrade tocsin in the database that psql is connected to.
-- One transaction; running it again changes nothing.
--
--      psql -d alerts -f sql/install.sql

\set ON_ERROR_STOP on

begin;
-- Else what others have made in public, or in a schema of our name, is found
-- where it fits better than what is meant, and runs with our rights.
set local search_path = pg_catalog, pg_temp;
-- Who waits for a lock on a table keeps others from it meanwhile.
set local lock_timeout = '2s';
set local client_min_messages = warning;

-- The number of the last migration below.
set local tocsin.version = 3;
\ir migrate/begin.sql
\ir internal/lock_soon.sql
\ir migrate/locks.sql

-- Each migration runs once.
select not exists (
    select from tocsin_internal.migration where version = 1) as tocsin_todo
\gset
\if :tocsin_todo
    \ir migrate/0001_init.sql
    insert into tocsin_internal.migration values (1, 'init');
\endif
select not exists (
    select from tocsin_internal.migration where version = 2) as tocsin_todo
\gset
\if :tocsin_todo
    \ir migrate/0002_dashboards.sql
    insert into tocsin_internal.migration values (2, 'dashboards');
\endif
select not exists (
    select from tocsin_internal.migration where version = 3) as tocsin_todo
\gset
\if :tocsin_todo
    \ir migrate/0003_second_round.sql
    insert into tocsin_internal.migration values (3, 'second_round');
\endif

-- All else is replaced by what this version says.
\ir internal/uuid_floor.sql
\ir internal/end_split.sql
\ir internal/make_event_partitions.sql
\ir internal/split_default.sql
\ir internal/drop_event_partition.sql
\ir internal/delete_events.sql
\ir internal/delete_alerts.sql
\ir internal/ensure_trigger.sql
\ir internal/guard_truncate.sql
\ir internal/lock_keys.sql
\ir internal/number_turns.sql
\ir internal/prepare_batch.sql
\ir internal/plan_for_growth.sql
\ir internal/pass_known.sql
\ir internal/recall_receipts.sql
\ir internal/refuse_event.sql
\ir internal/note_end.sql
\ir internal/judge_spooled.sql
\ir internal/judge_sender.sql
\ir internal/find_alert.sql
\ir internal/judge_events.sql
\ir internal/give_way.sql
\ir internal/judge_event.sql
\ir internal/apply_event.sql
\ir internal/apply_set.sql
\ir internal/apply_round.sql
\ir internal/announce.sql
\ir internal/make_integration_id.sql
\ir internal/check_integration.sql
\ir internal/demo_random.sql
\ir internal/demo_troubles.sql
\ir internal/demo_events.sql
\ir internal/demo_ingest.sql
\ir view/live.sql
\ir internal/describe_integrations.sql

\ir api/schema_version.sql
\ir api/ingest.sql
\ir api/installation.sql
\ir api/admission.sql
\ir api/self_check.sql
\ir api/integration_add.sql
\ir api/integration_list.sql
\ir api/integration_show.sql
\ir api/integration_enable.sql
\ir api/integration_rotate_token.sql
\ir api/setting_set.sql
\ir api/live_counts.sql
\ir api/maintain.sql
\ir api/demo_data.sql
\ir api/demo_remove.sql
\ir api/board_check.sql
\ir api/board_counts.sql
\ir api/board_alerts.sql
\ir api/board_hours.sql
\ir api/board_integrations.sql
\ir api/board_alert.sql
\ir api/board_events.sql
\ir api/board_token.sql
\ir api/board_grant.sql
\ir api/board_enable.sql

\ir view/reach.sql
\ir view/fact.sql
\ir view/alerts.sql
\ir view/open_alerts.sql
\ir view/events.sql
\ir view/transitions.sql
\ir view/integrations.sql
\ir view/hourly.sql
\ir view/daily.sql
\ir view/tags.sql
\ir view/annotations.sql
\ir view/metric_definitions.sql
\ir view/schema_info.sql
\ir view/prometheus.sql

-- Late: a trigger that differs keeps events from its table from here on.
\ir internal/guard_alert.sql
\ir internal/guard_move.sql
\ir internal/guard_record.sql

-- tocsin init knows which release this is; psql alone does not.
delete from tocsin_internal.setting where name = 'software_version';
\if :{?software_version}
    insert into tocsin_internal.setting (name, value)
    values ('software_version', :'software_version');
\endif

do $$ begin
    perform tocsin_internal.lock_soon('tocsin_internal.event',
        'select tocsin_internal.make_event_partitions(2)');
end $$;

\ir grant.sql

commit;
