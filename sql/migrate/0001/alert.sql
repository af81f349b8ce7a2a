-- SPDX-License-Identifier: ISC
-- Part of init.sql: the alert.

create table tocsin_internal.alert (
    alert_id            uuid        not null,
    integration_id      text collate "C" not null,
    external_id         text collate "C" not null,
    status              tocsin_internal.status not null,
    title               text        not null,
    description         text        not null default '',
    urgency             tocsin_internal.urgency not null,
    tags                text[]      not null default '{}',
    dedup_keys          text[]      not null default '{}',
    meta                jsonb       not null default '{}',
    incident            boolean     not null default false,
    incident_severity   tocsin_internal.severity,
    incident_message    text,
    additional_data     jsonb,
    flags               text[]      not null default '{}',
    duplicate_count     integer     not null default 0,
    created_at          timestamptz not null,
    acknowledged_at     timestamptz,
    resolved_at         timestamptz,
    last_event_at       timestamptz not null,

    constraint alert_pkey primary key (alert_id),
    constraint alert_integration_id_fkey foreign key (integration_id)
        references tocsin_internal.integration,
    constraint status_is_not_none
        check (status <> 'none'),
    constraint open_was_never_acknowledged
        check (status <> 'open' or acknowledged_at is null),
    constraint acknowledged_has_a_time
        check (status <> 'acknowledged' or acknowledged_at is not null),
    constraint resolved_has_a_time
        check ((status = 'resolved') = (resolved_at is not null)),
    constraint time_runs_forwards
        check (acknowledged_at >= created_at
               and resolved_at >= created_at
               and resolved_at >= acknowledged_at
               and last_event_at >= created_at),
    constraint external_id_has_1_to_1024_bytes
        check (octet_length(external_id) between 1 and 1024),
    constraint title_is_not_blank_and_not_long
        check (btrim(title, E' \t\n\r\f\v') <> ''
               and char_length(title) <= 1024),
    constraint description_is_not_long
        check (octet_length(description) <= 65536),
    constraint incident_has_a_severity
        check (incident = (incident_severity is not null)),
    constraint meta_is_an_object
        check (jsonb_typeof(meta) = 'object'),
    constraint duplicates_are_counted_from_0
        check (duplicate_count >= 0)
)
-- Room for the new version of a row beside the old one, so that
-- acknowledging touches no index.
with (fillfactor = 85);

-- The predicates name resolved_at and not status: only the step to resolved
-- then changes a column that an index knows of.
create unique index alert_one_live_per_external_id_idx
    on tocsin_internal.alert (integration_id, external_id)
    where resolved_at is null;
create index alert_newest_resolved_idx
    on tocsin_internal.alert (integration_id, external_id, alert_id desc)
    where resolved_at is not null;
create index alert_created_at_idx
    on tocsin_internal.alert (created_at);

comment on table tocsin_internal.alert
is 'One alert; its status moves only as tocsin_internal.transition allows.';
comment on column tocsin_internal.alert.alert_id
is 'The event_id of the create that opened it.';
comment on column tocsin_internal.alert.integration_id
is 'The integration it came through.';
comment on column tocsin_internal.alert.external_id
is 'The sender''s Id; one live alert has it within an integration.';
comment on column tocsin_internal.alert.status
is 'open, acknowledged or resolved.';
comment on column tocsin_internal.alert.title
is 'Title as sent.';
comment on column tocsin_internal.alert.description
is 'Description as sent; may hold HTML, escape it wherever it is shown.';
comment on column tocsin_internal.alert.urgency
is 'silent, low, medium, high or critical.';
comment on column tocsin_internal.alert.tags
is 'Tags in the sender''s order, each once.';
comment on column tocsin_internal.alert.dedup_keys
is 'dedup_keys as sent; nothing is matched on them.';
comment on column tocsin_internal.alert.meta
is 'Meta as sent, less its incident members.';
comment on column tocsin_internal.alert.incident
is 'Meta.incident: the alert is an incident.';
comment on column tocsin_internal.alert.incident_severity
is 'SEV-1 to SEV-5 or SEV-UNKNOWN; null when not an incident.';
comment on column tocsin_internal.alert.incident_message
is 'Meta.incident_message.';
comment on column tocsin_internal.alert.additional_data
is 'Members the protocol does not name; null unless captured.';
comment on column tocsin_internal.alert.flags
is 'What was changed on the way in, such as truncated.';
comment on column tocsin_internal.alert.duplicate_count
is 'Further creates that came while it was live.';
comment on column tocsin_internal.alert.created_at
is 'When the create that opened it was received.';
comment on column tocsin_internal.alert.acknowledged_at
is 'When it was first acknowledged.';
comment on column tocsin_internal.alert.resolved_at
is 'When it was resolved; null: it is live.';
comment on column tocsin_internal.alert.last_event_at
is 'When the last event that changed or repeated it was received.';
comment on index tocsin_internal.alert_one_live_per_external_id_idx
is 'At most one live alert per integration and Id, whatever races.';
comment on index tocsin_internal.alert_newest_resolved_idx
is 'Finds the newest resolved alert of an Id.';
comment on index tocsin_internal.alert_created_at_idx
is 'Time ranges of dashboards.';
