-- SPDX-License-Identifier: ISC
-- Hardening against attack, neglect and long histories.  Applied once by
-- install.sql.

-- ----------------------------------------------------------------------
-- Vacuum
-- ----------------------------------------------------------------------

-- Every acknowledge and resolve leaves a dead row version.  At the default
-- of 20 %, counting live alerts in a long history gets four times slower
-- before autovacuum runs.
alter table tocsin_internal.alert set (autovacuum_vacuum_scale_factor = 0.02);

-- ----------------------------------------------------------------------
-- Times
-- ----------------------------------------------------------------------

-- Nothing can be computed from an infinite time, and one that the responder
-- cannot read would cost it its copy of all integrations.
update tocsin_internal.integration
   set previous_token_expires_at = '9999-12-31 00:00+00'
 where not isfinite(previous_token_expires_at);
update tocsin_internal.integration
   set created_at = now()
 where not isfinite(created_at);
alter table tocsin_internal.integration
    add constraint times_are_finite
        check (isfinite(previous_token_expires_at) and isfinite(created_at));

-- ----------------------------------------------------------------------
-- What the guards protect, and what they do not
-- ----------------------------------------------------------------------

-- These ran before a row was written; their successors run after.
drop trigger if exists alert_10_guard_insert on tocsin_internal.alert;
drop trigger if exists alert_10_guard_update on tocsin_internal.alert;
drop trigger if exists alert_10_guard_delete on tocsin_internal.alert;

comment on table tocsin_internal.alert
is 'One alert.  For every writer, status changes only as'
    ' tocsin_internal.transition allows, and past times and counts never.'
    '  The owner can still delete resolved alerts, edit titles and texts,'
    ' and disable triggers.';
comment on table tocsin_internal.event
is 'Every accepted event, in one row that for every writer is immutable'
    ' and that only retention removes.  The owner can still insert by hand,'
    ' drop or detach partitions, and disable triggers.';

\ir cost.sql

-- ----------------------------------------------------------------------
-- Identity of this database
-- ----------------------------------------------------------------------

insert into tocsin_internal.setting (name, value)
values ('installation', gen_random_uuid()::text);

-- ----------------------------------------------------------------------
-- How far back the log goes
-- ----------------------------------------------------------------------

-- Earlier versions did not note what they removed; maintain() has always kept
-- 31 days.
insert into tocsin_internal.setting (name, value)
select 'log_since',
       floor(extract(epoch from now() - interval '31 days')
             * 1000000)::bigint::text
 where exists (select from tocsin_internal.event);

-- ----------------------------------------------------------------------
-- When tokens and integrations ended
-- ----------------------------------------------------------------------

-- A spooled event was admitted by a copy of the integrations that may be
-- older than the last change of a token.  When the event is stored later,
-- judge_spooled must know what was valid when it was received.
create table tocsin_internal.retired_token (
    integration_id  text collate "C" not null,
    token_hash      bytea       not null,
    retired_at      timestamptz not null,

    constraint retired_token_pkey primary key (integration_id, token_hash),
    constraint retired_token_integration_id_fkey foreign key (integration_id)
        references tocsin_internal.integration
        on update cascade on delete cascade
);
comment on table tocsin_internal.retired_token
is 'Former tokens of integrations, and until when they were valid.';
comment on column tocsin_internal.retired_token.integration_id
is 'The integration that had it.';
comment on column tocsin_internal.retired_token.token_hash
is 'SHA-256 of the token; empty if none was required.';
comment on column tocsin_internal.retired_token.retired_at
is 'Spooled events received from then on are refused; may be in the future.';

insert into tocsin_internal.retired_token
    (integration_id, token_hash, retired_at)
select integration_id, previous_token_hash, previous_token_expires_at
  from tocsin_internal.integration
 where previous_token_hash is not null;

alter table tocsin_internal.integration
    add column disabled_at timestamptz;
comment on column tocsin_internal.integration.disabled_at
is 'When it was disabled; null while enabled.';
update tocsin_internal.integration
   set disabled_at = now()
 where not enabled;
alter table tocsin_internal.integration
    add constraint disabled_has_a_time
        check (enabled = (disabled_at is null));

-- ----------------------------------------------------------------------
-- Where responders spool
-- ----------------------------------------------------------------------

create table tocsin_internal.responder (
    host            text        not null,
    account         text        not null,
    configuration   text        not null,
    spool           text        not null,
    seen_at         timestamptz not null default now(),

    constraint responder_pkey
        primary key (host, account, configuration, spool)
);
comment on table tocsin_internal.responder
is 'How responders were started; for tocsin check.';
comment on column tocsin_internal.responder.host
is 'Name of the host.';
comment on column tocsin_internal.responder.account
is 'User of that host as which it runs.';
comment on column tocsin_internal.responder.configuration
is 'Path of the file it read; empty if there was none.';
comment on column tocsin_internal.responder.spool
is 'Path of its spool; empty if it has none.';
comment on column tocsin_internal.responder.seen_at
is 'When one reported last that was started so.';

-- ----------------------------------------------------------------------
-- Ids with a prefix, dialects, wrapper keys: both functions take more arguments
-- ----------------------------------------------------------------------

drop function if exists
    tocsin_api.integration_add(text, bytea, boolean, text);
drop function if exists tocsin_internal.make_integration_id();

-- ----------------------------------------------------------------------
-- The responder's copy of the integrations
-- ----------------------------------------------------------------------

-- Text and numbers, whose format depends on no setting of a session, role or
-- database, unlike that of bytea and timestamptz.
drop function if exists tocsin_api.admission();
drop type tocsin_api.admission_entry;
create type tocsin_api.admission_entry as (
    integration_id              text,
    enabled                     boolean,
    token_hash                  text,
    previous_token_hash         text,
    previous_token_expires_us   bigint
);
comment on type tocsin_api.admission_entry
is 'One integration, as the responder needs it for its admission check.';
comment on column tocsin_api.admission_entry.integration_id
is 'The id in the URL.';
comment on column tocsin_api.admission_entry.enabled
is 'False if its webhooks are refused.';
comment on column tocsin_api.admission_entry.token_hash
is 'SHA-256 of the token in hexadecimal; null if none is required.';
comment on column tocsin_api.admission_entry.previous_token_hash
is 'The same for the token before the last rotation.';
comment on column tocsin_api.admission_entry.previous_token_expires_us
is 'When that token expires, in microseconds since 1970.';

-- ----------------------------------------------------------------------
-- Maintenance
-- ----------------------------------------------------------------------

comment on column tocsin_api.maintenance.action
is 'made, prepared, dropped, deleted, rolled_up, blocked (try again) or'
    ' finished.';

-- ----------------------------------------------------------------------
-- Input of ingest
-- ----------------------------------------------------------------------

create type tocsin_api.event_in as (
    event_id            uuid,
    received_at         timestamptz,
    source              text,
    integration_id      text,
    token_hash          bytea,
    event_type          text,
    external_id         text,
    title               text,
    description         text,
    urgency             text,
    tags                text,
    dedup_keys          text,
    meta                jsonb,
    incident            boolean,
    incident_severity   text,
    incident_message    text,
    additional_data     jsonb,
    flags               text,
    request_id          text,
    remote_addr         text
);
comment on type tocsin_api.event_in
is 'An event as the responder passes it to ingest.';
comment on column tocsin_api.event_in.event_id
is 'UUIDv7, the same in every retry.';
comment on column tocsin_api.event_in.received_at
is 'When the responder received it, by the responder''s clock.';
comment on column tocsin_api.event_in.source
is 'webhook, spool, operator or board; see judge_sender.';
comment on column tocsin_api.event_in.integration_id
is 'The id in the URL.';
comment on column tocsin_api.event_in.token_hash
is 'SHA-256 of the token sent; null if none was sent.';
comment on column tocsin_api.event_in.event_type
is 'create, acknowledge or resolve.';
comment on column tocsin_api.event_in.external_id
is 'Id that the sender gave the alert.';
comment on column tocsin_api.event_in.title
is 'Title; null on acknowledge and resolve, like all columns up to flags.';
comment on column tocsin_api.event_in.description
is 'Description.';
comment on column tocsin_api.event_in.urgency
is 'Urgency; null for the integration''s default.';
comment on column tocsin_api.event_in.tags
is 'Tags, as an array literal.';
comment on column tocsin_api.event_in.dedup_keys
is 'dedup_keys, as an array literal.';
comment on column tocsin_api.event_in.meta
is 'Meta, without its incident members.';
comment on column tocsin_api.event_in.incident
is 'Meta.incident.';
comment on column tocsin_api.event_in.incident_severity
is 'Meta.incident_severity.';
comment on column tocsin_api.event_in.incident_message
is 'Meta.incident_message.';
comment on column tocsin_api.event_in.additional_data
is 'Members outside the protocol.';
comment on column tocsin_api.event_in.flags
is 'Changes made on intake, as an array literal.';
comment on column tocsin_api.event_in.request_id
is 'Id that the sender or the web server gave the request.';
comment on column tocsin_api.event_in.remote_addr
is 'Address of the sender as the web server saw it.';

-- ----------------------------------------------------------------------
-- Comments
-- ----------------------------------------------------------------------

comment on type tocsin_internal.event_type
is 'What an event does to an alert.';
comment on type tocsin_internal.outcome
is 'Outcome of applying an event; with the last three it is refused and'
    ' not stored.';
comment on type tocsin_internal.source
is 'Origin of an event; spool: kept while the database was unavailable.';
comment on type tocsin_api.receipt
is 'Outcome of applying one event, as tocsin_api.ingest returns it.';
comment on column tocsin_api.receipt.event_id
is 'Id of the event; receipts come in no particular order.';
comment on column tocsin_api.receipt.alert_id
is 'The alert it refers to; null if there is none.';
comment on column tocsin_api.integration_info.enabled
is 'False if its webhooks are refused.';
comment on column tocsin_api.integration_info.name
is 'Display name.';
comment on column tocsin_api.integration_info.previous_token_expires_at
is 'When the token before the last rotation expires.';
comment on column tocsin_api.integration_info.default_urgency
is 'Urgency of alerts sent without one.';
comment on column tocsin_api.integration_info.created_at
is 'When it was created.';
comment on column tocsin_api.integration_info.has_token
is 'True if senders must send a token.';
comment on column tocsin_api.integration_info.capture_additional_data
is 'True if members outside the protocol are kept.';
comment on column tocsin_api.integration_info.open_count
is 'Live alerts that are not acknowledged.';
comment on column tocsin_api.integration_info.acknowledged_count
is 'Live alerts that are acknowledged.';
comment on column tocsin_api.integration_info.last_event_at
is 'When its last stored event was received.';
comment on column tocsin_api.finding.name
is 'Name of the check.';
comment on column tocsin_api.finding.ok
is 'True if the check passed.';
comment on column tocsin_api.finding.detail
is 'Result in words.';
comment on table tocsin_internal.integration
is 'Endpoint for one sender: an id in the URL and optionally a token.';
comment on column tocsin_internal.integration.integration_id
is 'The id in the URL; generated ones are int_ and twelve random letters'
    ' or digits.';
comment on column tocsin_internal.integration.token_hash
is 'SHA-256 of the token; null if none is required.';
comment on column tocsin_internal.integration.capture_additional_data
is 'True if members outside the protocol are kept.';
comment on column tocsin_internal.integration.enabled
is 'False if its webhooks are refused.';
comment on column tocsin_internal.integration.name
is 'Display name; need not be unique.';
comment on column tocsin_internal.integration.previous_token_expires_at
is 'When the token before the last rotation expires.';
comment on column tocsin_internal.integration.default_urgency
is 'Urgency of alerts sent without one.';
comment on column tocsin_internal.integration.created_at
is 'When it was created.';
comment on column tocsin_internal.transition.from_status
is 'Status before; none if no alert has this Id.';
comment on column tocsin_internal.transition.event_type
is 'Type of the event.';
comment on column tocsin_internal.transition.outcome
is 'Outcome that the sender is told; created means that a new alert is opened.';
comment on column tocsin_internal.transition.reason
is 'Why the event is ignored; null if it is not.';
comment on column tocsin_internal.alert.integration_id
is 'The integration that received it.';
comment on column tocsin_internal.alert.external_id
is 'Id that the sender gave the alert; unique among the live alerts of an'
    ' integration.';
comment on column tocsin_internal.alert.description
is 'Description as sent; may contain HTML, escape it for display.';
comment on column tocsin_internal.alert.dedup_keys
is 'dedup_keys as sent; not used for matching.';
comment on column tocsin_internal.alert.meta
is 'Meta as sent, without its incident members.';
comment on column tocsin_internal.alert.additional_data
is 'Members outside the protocol; null unless captured.';
comment on column tocsin_internal.alert.flags
is 'Changes made on intake, such as truncated.';
comment on column tocsin_internal.alert.duplicate_count
is 'Repeated creates while it was live.';
comment on column tocsin_internal.alert.resolved_at
is 'When it was resolved; null while live.';
comment on column tocsin_internal.event.event_id
is 'UUIDv7 made by the responder before it first tries to store the event.';
comment on column tocsin_internal.event.source
is 'webhook, spool (kept while the database was unavailable), operator or'
    ' board.';
comment on column tocsin_internal.event.integration_id
is 'The integration that received it.';
comment on column tocsin_internal.event.alert_id
is 'The alert it opened, changed or referred to; null if there was none.';
comment on column tocsin_internal.event.external_id
is 'Id that the sender gave the alert.';
comment on column tocsin_internal.event.outcome
is 'Outcome of applying the event.';
comment on column tocsin_internal.event.reason
is 'Why it was ignored; null if it was not.';
comment on column tocsin_internal.event.from_status
is 'Status of the alert before the event; none if there was no alert.';
comment on column tocsin_internal.event.to_status
is 'Status of the alert after the event; none if there is no alert.';
comment on column tocsin_internal.event.title
is 'Title as received; null on acknowledge and resolve, like all columns'
    ' up to flags.';
comment on column tocsin_internal.event.urgency
is 'Urgency as received; null for the integration''s default.';
comment on column tocsin_internal.event.meta
is 'Meta as received, without its incident members.';
comment on column tocsin_internal.event.additional_data
is 'Members outside the protocol; null unless captured.';
comment on column tocsin_internal.event.flags
is 'Changes made on intake.';
comment on column tocsin_internal.event.request_id
is 'Request id from the sender or the web server, if there was one.';
comment on table tocsin_internal.event_default
is 'Events of months that have no partition, so that none is refused.';
comment on column tocsin_internal.verdict.fresh
is 'True if the event is to be written, false if it is refused.';
comment on column tocsin_internal.verdict.default_urgency
is 'Urgency of its integration, for an event without one.';
comment on table tocsin_internal.setting
is 'Settings of this installation; contains no secret of a sender.';
comment on column tocsin_internal.setting.name
is 'Name of the setting.';
comment on column tocsin_internal.setting.value
is 'Its value; on or off if tocsin_api.setting_set sets it.';
comment on column tocsin_internal.integration.is_demo
is 'True if tocsin_api.demo_data created it; demo_remove deletes it with'
    ' its alerts and events.';
comment on type tocsin_api.live_count
is 'Number of live alerts of one integration and status.';
comment on column tocsin_api.live_count.integration_name
is 'Display name.';
comment on column tocsin_api.live_count.alert_count
is 'Number of its alerts with this status; may be 0.';
comment on column tocsin_api.maintenance.target
is 'The table affected; null when finished.';
comment on column tocsin_api.maintenance.row_count
is 'Number of rows deleted or partitions created.';
comment on type tocsin_api.demo_summary
is 'Amount of demonstration data created or removed.';
comment on type tocsin_internal.demo_trouble
is 'One problem in the demonstration.';
comment on column tocsin_internal.demo_trouble.profile
is 'Name of the integration that reports it.';
comment on column tocsin_internal.demo_trouble.key
is 'Unique key, which demo_random hashes.';
comment on column tocsin_internal.demo_trouble.resolved_at
is 'When it ends; null if it does not.';
comment on column tocsin_internal.demo_trouble.acknowledged_at
is 'When somebody acknowledges it; null if nobody does.';
comment on column tocsin_internal.demo_trouble.repeats
is 'How many times its create is repeated.';
comment on column tocsin_internal.demo_trouble.incident_severity
is 'Severity of the incident; null if it is not one.';

-- Partitions copy the comments of event only when they are created.
do $$
declare
    _column record;
begin
    for _column in
        select i.inhrelid::regclass as partition, a.attname as name,
               col_description(a.attrelid, a.attnum) as text
          from pg_inherits i
          join pg_class c on c.oid = i.inhrelid
          join pg_attribute a on a.attrelid = i.inhparent and a.attnum > 0
         where i.inhparent = 'tocsin_internal.event'::regclass
           and c.relname <> 'event_default'
    loop
        execute format('comment on column %s.%I is %L', _column.partition,
            _column.name, _column.text);
    end loop;
end;
$$;

-- ----------------------------------------------------------------------
-- Functions that were removed, or take other arguments
-- ----------------------------------------------------------------------

drop function if exists
    tocsin_api.ingest, tocsin_internal.prepare_batch,
    tocsin_internal.lock_keys, tocsin_internal.pass_known,
    tocsin_internal.recall_receipts, tocsin_internal.apply_round,
    tocsin_internal.apply_set, tocsin_internal.apply_event,
    tocsin_internal.judge_events, tocsin_internal.judge_event,
    tocsin_internal.judge_sender, tocsin_internal.make_event_partitions,
    tocsin_internal.demo_ingest, tocsin_internal.announce,
    tocsin_internal.prepare_transaction, tocsin_internal.plan_for_growth,
    tocsin_api.board_alert, tocsin_api.board_alerts, tocsin_api.board_counts;
