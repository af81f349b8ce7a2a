-- SPDX-License-Identifier: ISC
--
-- Install or upgrade tocsin in the database that psql is connected to.
-- One transaction; running it again changes nothing.
--
--      psql -d tocsin -f sql/install.sql

\set ON_ERROR_STOP on

begin;
-- Otherwise an object that somebody created in public, or in a schema of our
-- name, may match a call better than the one meant and run with our rights.
set local search_path = pg_catalog, pg_temp;
-- The database may have settings with which literals, or what PostgreSQL says
-- of objects, would be other texts.
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
-- A session that waits for a table lock blocks all that queue behind it.
set local lock_timeout = '2s';
set local client_min_messages = warning;

-- The number of the last migration below.
set local tocsin.version = 3;
\ir migrate/begin.sql
\ir upkeep/internal.lock_soon.sql
\ir migrate/locks.sql

-- ----------------------------------------------------------------------
-- Tables and types: each migration runs once
--
-- From version 3 on, programs of version N also work with schema N + 1, so
-- that responders store events throughout an upgrade and are replaced after
-- it.  So version N + 1 keeps every function of tocsin_api that programs of
-- version N call, with the same arguments and meaning, and the types of its
-- arguments as they are: event_in can only be succeeded by another type.
-- Results may gain columns at the end.  What is succeeded stays until the
-- next migration, which drops it.  tests/sql/calls.t compares.
-- ----------------------------------------------------------------------

select not exists (
    select from tocsin_internal.migration where version = 1) as tocsin_todo
\gset
\if :tocsin_todo
    \ir migrate/0001/init.sql
    insert into tocsin_internal.migration values (1, 'init');
\endif
select not exists (
    select from tocsin_internal.migration where version = 2) as tocsin_todo
\gset
\if :tocsin_todo
    \ir migrate/0002/dashboards.sql
    insert into tocsin_internal.migration values (2, 'dashboards');
\endif
select not exists (
    select from tocsin_internal.migration where version = 3) as tocsin_todo
\gset
\if :tocsin_todo
    \ir migrate/0003/hardening.sql
    \ir migrate/0003/late.sql
    \ir migrate/0003/dialects.sql
    \ir migrate/0003/rollup.sql
    \ir migrate/0003/heartbeat.sql
    \ir migrate/0003/format.sql
    \ir migrate/0003/outgoing.sql
    insert into tocsin_internal.migration values (3, 'hardening');
\endif

-- Everything below holds no data and is replaced at each installation.

-- ----------------------------------------------------------------------
-- Lifecycle: what an event does
--
-- Defined by the rows of tocsin_internal.transition (migrate/0001/init.sql;
-- for late events migrate/0003/late.sql).  judge_event and judge_events read
-- them; the guards at the end of this file enforce them for every writer.
-- ----------------------------------------------------------------------

\ir upkeep/internal.uuid_floor.sql
\ir lifecycle/internal.has_waited.sql
\ir lifecycle/internal.find_alert.sql
\ir lifecycle/internal.find_overtaker.sql
\ir lifecycle/internal.find_transition.sql
\ir lifecycle/internal.refuse_event.sql
\ir lifecycle/internal.judge_spooled.sql
\ir lifecycle/internal.is_welcome.sql
\ir lifecycle/internal.judge_sender.sql
\ir lifecycle/internal.judge_events.sql
\ir lifecycle/internal.judge_event.sql
\ir lifecycle/internal.give_way.sql

-- ----------------------------------------------------------------------
-- Rollup: stored figures of days that are over, for the views
--
-- roll_up stores, as a step of maintain, what the views hourly and daily
-- compute.  Whatever changes something that is counted there marks it, and
-- the views compute it again: ingest for late events, guard_move for updates
-- of alerts, mark_deleted, and the functions that remove events.
-- ----------------------------------------------------------------------

\ir rollup/internal.rolled_up.sql
\ir rollup/internal.lock_days.sql
\ir rollup/internal.mark_stale.sql
\ir rollup/internal.mark_alerts.sql
\ir rollup/internal.mark_late.sql
\ir rollup/internal.mark_range.sql
\ir rollup/internal.roll_up_day.sql
\ir rollup/internal.roll_up.sql

-- ----------------------------------------------------------------------
-- Ingest: how the responder stores events
--
--      ingest
--        prepare_batch           check events, lock keys
--          is_usual
--          prepare_transaction   durability, lock timeout, if not usual
--            refuse_read_only
--          plan_for_growth
--          prepare_many          all of this for several events
--            mark_late           if an event is old
--            lock_keys
--            number_turns        rounds, if a key occurs twice
--        apply_event             one event ...
--          judge_event
--        apply_set               ... or a round of many
--          judge_events
--          move_alerts           if it changes alerts that there were
--        announce                NOTIFY
--        pass_known              after a unique violation: events that
--        recall_receipts         are already in the log
-- ----------------------------------------------------------------------

\ir ingest/internal.lock_keys.sql
\ir ingest/internal.number_turns.sql
\ir ingest/internal.refuse_read_only.sql
\ir ingest/internal.plan_for_growth.sql
\ir ingest/internal.is_usual.sql
\ir ingest/internal.prepare_transaction.sql
\ir ingest/internal.prepare_many.sql
\ir ingest/internal.prepare_batch.sql
\ir ingest/internal.pass_known.sql
\ir ingest/internal.recall_receipts.sql
\ir ingest/internal.apply_event.sql
\ir ingest/internal.move_alerts.sql
\ir ingest/internal.apply_set.sql
\ir ingest/internal.announce.sql
\ir ingest/api.ingest.sql

-- ----------------------------------------------------------------------
-- Upkeep: partitions, retention, settings, checks
-- ----------------------------------------------------------------------

\ir upkeep/internal.ensure_trigger.sql
\ir lifecycle/internal.guard_truncate.sql
\ir upkeep/internal.end_split.sql
\ir upkeep/internal.make_event_partitions.sql
\ir upkeep/internal.split_default.sql
\ir upkeep/internal.note_removal.sql
\ir upkeep/internal.drop_event_partition.sql
\ir upkeep/internal.delete_events.sql
\ir upkeep/internal.delete_alerts.sql
\ir upkeep/api.schema_version.sql
\ir upkeep/api.clock_us.sql
\ir upkeep/api.log_since.sql
\ir upkeep/api.setting_set.sql
\ir upkeep/api.maintain.sql
\ir upkeep/api.self_check.sql
\ir upkeep/api.replication.sql
\ir upkeep/api.responder_note.sql
\ir upkeep/api.responder_last.sql

-- ----------------------------------------------------------------------
-- Reports: shared by views, and counts for metrics
-- ----------------------------------------------------------------------

\ir report/internal.live.sql
\ir report/internal.settled.sql
\ir report/internal.reach.sql
\ir report/internal.fact.sql
\ir report/api.live_counts.sql

-- ----------------------------------------------------------------------
-- Integrations: who may send
-- ----------------------------------------------------------------------

\ir integration/internal.note_end.sql
\ir integration/internal.make_integration_id.sql
\ir integration/internal.check_integration.sql
\ir integration/internal.check_options.sql
\ir integration/internal.describe_integrations.sql
\ir integration/api.installation.sql
\ir integration/api.admission.sql
\ir integration/api.judge_senders.sql
\ir integration/api.receipt_of.sql
\ir integration/api.integration_add.sql
\ir integration/api.integration_list.sql
\ir integration/api.integration_show.sql
\ir integration/api.integration_enable.sql
\ir integration/api.integration_set.sql
\ir integration/api.integration_rotate_token.sql

-- ----------------------------------------------------------------------
-- Outgoing: what messages look like
--
--      facts                     what may be said about some deliveries
--        facts_of
--          net_alerts
--          alert_facts
--            look_facts, link_facts
--          list_alerts           of many
--      render                    a body, from facts and a format
--        cut_facts               what is too long
--        fill                    a part of a template
--          fill_string
--            fill_text
--              show_fact
--            join_lines
--      mail_text                 subject and body, from facts
-- ----------------------------------------------------------------------

\ir outgoing/internal.utf16_length.sql
\ir outgoing/internal.exceeds.sql
\ir outgoing/internal.shorten.sql
\ir outgoing/internal.escape_text.sql
\ir outgoing/internal.one_line.sql
\ir outgoing/internal.plain_text.sql
\ir outgoing/internal.show_fact.sql
\ir outgoing/internal.join_lines.sql
\ir outgoing/internal.fill_text.sql
\ir outgoing/internal.fill_string.sql
\ir outgoing/internal.fill.sql
\ir outgoing/internal.cut_facts.sql
\ir outgoing/internal.render.sql
\ir outgoing/internal.secret_paths.sql
\ir outgoing/internal.clock_text.sql
\ir outgoing/internal.iso_text.sql
\ir outgoing/internal.net_alerts.sql
\ir outgoing/internal.look_facts.sql
\ir outgoing/internal.link_facts.sql
\ir outgoing/internal.alert_facts.sql
\ir outgoing/internal.tally.sql
\ir outgoing/internal.summarize.sql
\ir outgoing/internal.line_of.sql
\ir outgoing/internal.list_alerts.sql
\ir outgoing/internal.facts_of.sql
\ir outgoing/internal.facts.sql
\ir outgoing/internal.mail_text.sql
\ir outgoing/internal.check_template.sql
\ir outgoing/internal.put_format.sql
\ir outgoing/internal.describe_formats.sql
\ir outgoing/api.format_list.sql
\ir outgoing/api.format_show.sql
\ir outgoing/internal.check_members.sql
\ir outgoing/api.format_add.sql
\ir outgoing/api.format_remove.sql
\ir outgoing/formats.sql

-- ----------------------------------------------------------------------
-- Board
-- ----------------------------------------------------------------------

\ir board/api.board_check.sql
\ir board/api.board_counts.sql
\ir board/api.board_alerts.sql
\ir board/api.board_hours.sql
\ir board/api.board_integrations.sql
\ir board/internal.board_told.sql
\ir board/api.board_alert.sql
\ir board/api.board_events.sql
\ir board/api.board_token.sql
\ir board/api.board_grant.sql
\ir board/api.board_enable.sql

-- ----------------------------------------------------------------------
-- Demonstration
-- ----------------------------------------------------------------------

\ir demo/internal.demo_random.sql
\ir demo/internal.demo_troubles.sql
\ir demo/internal.demo_events.sql
\ir demo/internal.demo_open.sql
\ir demo/internal.demo_write.sql
\ir demo/internal.demo_play.sql
\ir demo/api.demo_data.sql
\ir demo/api.demo_remove.sql

-- ----------------------------------------------------------------------
-- Heartbeats, and tick: scheduled work
--
--      tick                            called repeatedly
--        tick                          one at a time, part by part
--          tick_heartbeats
--            look_at_heartbeats        those that are due
--              look_at_heartbeat       up, late or back?
--              ingest                  the events that this requires
--
-- A ping is a resolve of heartbeat/NAME and writes no heartbeat: tick and the
-- views find it in the log (heard).
-- ----------------------------------------------------------------------

\ir heartbeat/internal.heard.sql
\ir view/heartbeats.sql
\ir heartbeat/internal.make_event_id.sql
\ir heartbeat/internal.heartbeat_late.sql
\ir heartbeat/internal.heartbeat_create.sql
\ir heartbeat/internal.heartbeat_resolve.sql
\ir heartbeat/internal.note_tick_failure.sql
\ir heartbeat/internal.look_at_heartbeat.sql
\ir heartbeat/internal.look_at_heartbeats.sql
\ir heartbeat/internal.tick_heartbeats.sql
\ir heartbeat/internal.tick.sql
\ir heartbeat/api.tick.sql
\ir heartbeat/api.tick_check.sql
\ir heartbeat/internal.tick_metric.sql
\ir heartbeat/api.tick_counts.sql
\ir heartbeat/internal.lock_heartbeat.sql
\ir heartbeat/internal.end_lateness.sql
\ir heartbeat/internal.short_time.sql
\ir heartbeat/internal.describe_heartbeats.sql
\ir heartbeat/internal.find_home.sql
\ir heartbeat/api.heartbeat_add.sql
\ir heartbeat/api.heartbeat_list.sql
\ir heartbeat/api.heartbeat_show.sql
\ir heartbeat/api.heartbeat_pause.sql
\ir heartbeat/api.heartbeat_resume.sql
\ir heartbeat/api.heartbeat_remove.sql
\ir heartbeat/api.heartbeat_ping.sql
\ir board/api.board_heartbeats.sql

-- ----------------------------------------------------------------------
-- Outgoing notifications
--
--      tick
--        tick_outbox             transitions that ingest noted
--          plan_transitions
--            plan_alerts         created: chains, first deliveries
--            tell_moves          acknowledged, resolved: further deliveries
--        tick_escalations        steps that are due
--          fire_step
--            tell_step
--        tick_fallbacks          what waits for broken destinations
--        tick_expiry             leases, deliveries, watches that are over
--        tick_own_alerts         what is wrong with destinations, relays
--        tick_low_water          where claim starts reading
--
--      relay_hello               a relay signs on
--      relay_claim               messages that are due
--        claim
--          held_by               what holds this destination back?
--          has_due               is a delivery due there?
--          take_deliveries       lease
--          make_job              render
--      relay_done                the result of one
--        note_result
--          judge_answer
--          move_deliveries
--          note_success, note_failure
--      relay_bye                 a relay signs off
--      relay_is_due              would a relay find work?
-- ----------------------------------------------------------------------

\ir outgoing/internal.is_routed.sql
\ir outgoing/internal.is_matched.sql
\ir outgoing/internal.routes_of.sql
\ir outgoing/internal.own_integration.sql
\ir outgoing/internal.speaks_of.sql
\ir outgoing/internal.plan_alerts.sql
\ir outgoing/internal.tell_moves.sql
\ir outgoing/internal.plan_transitions.sql
\ir outgoing/internal.tick_outbox.sql
\ir outgoing/internal.plan_outbox.sql
\ir outgoing/internal.tell_step.sql
\ir outgoing/internal.fire_step.sql
\ir outgoing/internal.tick_escalations.sql
\ir outgoing/internal.tick_fallbacks.sql
\ir outgoing/internal.end_watch.sql
\ir outgoing/internal.return_deliveries.sql
\ir outgoing/internal.tick_expiry.sql
\ir outgoing/internal.audience_of.sql
\ir outgoing/internal.is_open.sql
\ir outgoing/internal.held_by.sql
\ir outgoing/internal.has_due.sql
\ir outgoing/internal.take_deliveries.sql
\ir outgoing/internal.make_job.sql
\ir outgoing/internal.claim.sql
\ir outgoing/internal.judge_answer.sql
\ir outgoing/internal.retry_pause.sql
\ir outgoing/internal.move_deliveries.sql
\ir outgoing/internal.note_failure.sql
\ir outgoing/internal.note_success.sql
\ir outgoing/internal.note_result.sql
\ir outgoing/internal.meet_relay.sql
\ir outgoing/api.relay_hello.sql
\ir outgoing/api.relay_claim.sql
\ir outgoing/api.relay_done.sql
\ir outgoing/api.relay_bye.sql
\ir outgoing/api.relay_check.sql
\ir outgoing/api.relay_is_due.sql
\ir outgoing/internal.own_event.sql
\ir outgoing/internal.own_troubles.sql
\ir outgoing/internal.tick_own_alerts.sql
\ir outgoing/internal.tick_low_water.sql
\ir outgoing/internal.say_rule.sql
\ir outgoing/internal.find_destination.sql
\ir outgoing/internal.put_destination.sql
\ir outgoing/internal.describe_destinations.sql
\ir outgoing/api.destination_add.sql
\ir outgoing/api.destination_set.sql
\ir outgoing/api.destination_list.sql
\ir outgoing/api.destination_show.sql
\ir outgoing/api.destination_enable.sql
\ir outgoing/api.destination_rotate_secret.sql
\ir outgoing/api.destination_test.sql
\ir outgoing/api.destination_remove.sql
\ir outgoing/internal.find_route.sql
\ir outgoing/internal.describe_routes.sql
\ir outgoing/internal.put_steps.sql
\ir outgoing/api.route_add.sql
\ir outgoing/api.route_list.sql
\ir outgoing/api.route_move.sql
\ir outgoing/api.route_enable.sql
\ir outgoing/api.route_remove.sql
\ir outgoing/api.route_explain.sql
\ir outgoing/internal.hold.sql
\ir view/deliveries.sql
\ir view/destinations.sql
\ir outgoing/internal.describe_deliveries.sql
\ir outgoing/api.delivery_list.sql
\ir outgoing/api.delivery_show.sql
\ir outgoing/api.delivery_retry.sql
\ir outgoing/api.delivery_cancel.sql
\ir outgoing/api.delivery_replay.sql
\ir outgoing/internal.delete_deliveries.sql
\ir outgoing/internal.outgoing_metric.sql
\ir outgoing/api.outgoing_counts.sql

-- ----------------------------------------------------------------------
-- Views, for people and dashboards
-- ----------------------------------------------------------------------

\ir view/alerts.sql
\ir view/open_alerts.sql
\ir view/events.sql
\ir view/transitions.sql
\ir view/integrations.sql
\set tocsin_view hourly
\set tocsin_unit hour
\set tocsin_width '1 hour'
\ir view/buckets.sql
\set tocsin_view daily
\set tocsin_unit day
\set tocsin_width '24 hours'
\ir view/buckets.sql
\ir view/tags.sql
\ir view/annotations.sql
\ir view/metric_definitions.sql
\ir view/schema_info.sql
\ir view/prometheus.sql

-- ----------------------------------------------------------------------
-- Guards: rules that hold for every writer
--
-- Last, because replacing a changed trigger blocks events on its table until
-- the end of the transaction.
-- ----------------------------------------------------------------------

\ir lifecycle/internal.status_of.sql
\ir lifecycle/internal.guard_alert.sql
\ir lifecycle/internal.check_begun.sql
\ir lifecycle/internal.guard_begin.sql
\ir lifecycle/internal.guard_move.sql
\ir lifecycle/internal.guard_record.sql
\ir lifecycle/internal.guard_integration.sql
\ir rollup/internal.mark_deleted.sql
\ir outgoing/internal.guard_delivery.sql
\ir outgoing/internal.lower_water.sql
\ir outgoing/internal.add_state.sql
\ir outgoing/internal.watch_integration.sql
\ir outgoing/internal.watch_integrations.sql

-- Only tocsin init knows which release this is; psql does not.
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
