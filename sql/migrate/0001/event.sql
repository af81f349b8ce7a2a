-- SPDX-License-Identifier: ISC
-- Part of init.sql: the log of events.

-- Event ids are UUIDv7 and sort by time, so primary key and partition key
-- are one.  No foreign key to alert: each has a retention of its own.
create table tocsin_internal.event (
    event_id            uuid        not null,
    received_at         timestamptz not null,
    stored_at           timestamptz not null default clock_timestamp(),
    source              tocsin_internal.source not null,
    integration_id      text collate "C" not null,
    alert_id            uuid,
    event_type          tocsin_internal.event_type not null,
    external_id         text collate "C" not null,
    outcome             tocsin_internal.outcome not null,
    reason              text,
    from_status         tocsin_internal.status not null,
    to_status           tocsin_internal.status not null,
    title               text,
    description         text,
    urgency             tocsin_internal.urgency,
    tags                text[],
    dedup_keys          text[],
    meta                jsonb,
    incident            boolean,
    incident_severity   tocsin_internal.severity,
    incident_message    text,
    additional_data     jsonb,
    flags               text[],
    request_id          text,
    remote_addr         text,

    constraint event_pkey primary key (event_id)
) partition by range (event_id);

create table tocsin_internal.event_default
    partition of tocsin_internal.event default;

create index event_received_at_idx on tocsin_internal.event (received_at);
create index event_alert_id_idx on tocsin_internal.event (alert_id);
create index event_integration_id_idx
    on tocsin_internal.event (integration_id, received_at);

comment on table tocsin_internal.event
is 'Every event that was accepted, in one row that never changes.';
comment on column tocsin_internal.event.event_id
is 'UUIDv7 made by the responder before the first try to store the event.';
comment on column tocsin_internal.event.received_at
is 'When the responder received it, by the responder''s clock.';
comment on column tocsin_internal.event.stored_at
is 'When it reached the database, by the database''s clock.';
comment on column tocsin_internal.event.source
is 'webhook, spool (kept while the database was away), operator or board.';
comment on column tocsin_internal.event.integration_id
is 'The integration it came through.';
comment on column tocsin_internal.event.alert_id
is 'The alert it opened, changed or spoke of; null when there was none.';
comment on column tocsin_internal.event.event_type
is 'create, acknowledge or resolve.';
comment on column tocsin_internal.event.external_id
is 'The sender''s Id.';
comment on column tocsin_internal.event.outcome
is 'What became of it.';
comment on column tocsin_internal.event.reason
is 'Why it was ignored.';
comment on column tocsin_internal.event.from_status
is 'Status of the alert before.';
comment on column tocsin_internal.event.to_status
is 'Status of the alert after.';
comment on column tocsin_internal.event.title
is 'Title as received; null on acknowledge and resolve, as all that follow.';
comment on column tocsin_internal.event.description
is 'Description as received.';
comment on column tocsin_internal.event.urgency
is 'Urgency as received; null: the integration''s default.';
comment on column tocsin_internal.event.tags
is 'Tags as received.';
comment on column tocsin_internal.event.dedup_keys
is 'dedup_keys as received.';
comment on column tocsin_internal.event.meta
is 'Meta as received, less its incident members.';
comment on column tocsin_internal.event.incident
is 'Meta.incident.';
comment on column tocsin_internal.event.incident_severity
is 'Meta.incident_severity.';
comment on column tocsin_internal.event.incident_message
is 'Meta.incident_message.';
comment on column tocsin_internal.event.additional_data
is 'Members the protocol does not name; null unless captured.';
comment on column tocsin_internal.event.flags
is 'What was changed on the way in.';
comment on column tocsin_internal.event.request_id
is 'The request id of the sender or the web server, if it gave one.';
comment on column tocsin_internal.event.remote_addr
is 'Address of the sender as the web server saw it.';
comment on table tocsin_internal.event_default
is 'Events of months that have no partition yet: never is one refused.';
comment on index tocsin_internal.event_received_at_idx
is 'Time ranges of dashboards.';
comment on index tocsin_internal.event_alert_id_idx
is 'The history of one alert.';
comment on index tocsin_internal.event_integration_id_idx
is 'The last event and the recent events of one integration.';

-- What tocsin_internal.judge_events says of one event: the row for the log,
-- and the two things beside it that decide what is written.
create type tocsin_internal.verdict as (
    fresh               boolean,
    default_urgency     tocsin_internal.urgency,
    event_id            uuid,
    received_at         timestamptz,
    source              tocsin_internal.source,
    integration_id      text,
    alert_id            uuid,
    event_type          tocsin_internal.event_type,
    external_id         text,
    outcome             tocsin_internal.outcome,
    reason              text,
    from_status         tocsin_internal.status,
    to_status           tocsin_internal.status,
    title               text,
    description         text,
    urgency             tocsin_internal.urgency,
    tags                text[],
    dedup_keys          text[],
    meta                jsonb,
    incident            boolean,
    incident_severity   tocsin_internal.severity,
    incident_message    text,
    additional_data     jsonb,
    flags               text[],
    request_id          text,
    remote_addr         text
);
comment on type tocsin_internal.verdict
is 'A row for the log as judge_events decides it, before anything is written.';
comment on column tocsin_internal.verdict.fresh
is 'To be written: not refused.';
comment on column tocsin_internal.verdict.default_urgency
is 'Urgency of its integration, for an event that names none.';
