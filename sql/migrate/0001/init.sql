-- SPDX-License-Identifier: ISC
-- Schemas, types, tables and their rules.  Applied once by install.sql.

create schema tocsin_api;
create schema tocsin;

comment on schema tocsin_internal
is 'Tables and private functions of tocsin; for its owner alone.';
comment on schema tocsin_api
is 'Functions that the responder and the operator''s tool may call.';
comment on schema tocsin
is 'Views for people and dashboards; columns are only ever appended.';

-- ----------------------------------------------------------------------
-- Types
-- ----------------------------------------------------------------------

create type tocsin_internal.status as enum
    ('none', 'open', 'acknowledged', 'resolved');
comment on type tocsin_internal.status
is 'Status of an alert; none stands for no alert and is never stored in one.';

create type tocsin_internal.event_type as enum
    ('create', 'acknowledge', 'resolve');
comment on type tocsin_internal.event_type
is 'What a sender may say about an alert.';

create type tocsin_internal.outcome as enum
    ('created', 'duplicate', 'acknowledged', 'resolved', 'ignored',
     'unknown_integration', 'disabled', 'forbidden');
comment on type tocsin_internal.outcome
is 'What became of an event; the last three are refused and not stored.';

create type tocsin_internal.source as enum
    ('webhook', 'spool', 'operator', 'board');
comment on type tocsin_internal.source
is 'Where an event comes from; spool: kept while the database was away.';

create type tocsin_internal.urgency as enum
    ('silent', 'low', 'medium', 'high', 'critical');
comment on type tocsin_internal.urgency
is 'How urgent an alert is, in ascending order.';

create type tocsin_internal.severity as enum
    ('SEV-1', 'SEV-2', 'SEV-3', 'SEV-4', 'SEV-5', 'SEV-UNKNOWN');
comment on type tocsin_internal.severity
is 'How severe an incident is, the worst first.';

create type tocsin_api.receipt as (
    event_id    uuid,
    outcome     text,
    reason      text,
    alert_id    uuid,
    status      text
);
comment on type tocsin_api.receipt
is 'What became of one event: the answer of tocsin_api.ingest.';
comment on column tocsin_api.receipt.event_id
is 'The event spoken of; receipts come in no promised order.';
comment on column tocsin_api.receipt.outcome
is 'A label of tocsin_internal.outcome.';
comment on column tocsin_api.receipt.reason
is 'Why an event was ignored; null otherwise.';
comment on column tocsin_api.receipt.alert_id
is 'The alert spoken of; null when there is none.';
comment on column tocsin_api.receipt.status
is 'Status of that alert after the event.';

create type tocsin_api.integration_info as (
    integration_id              text,
    name                        text,
    enabled                     boolean,
    has_token                   boolean,
    previous_token_expires_at   timestamptz,
    capture_additional_data     boolean,
    default_urgency             text,
    created_at                  timestamptz,
    open_count                  bigint,
    acknowledged_count          bigint,
    last_event_at               timestamptz
);
comment on type tocsin_api.integration_info
is 'One integration as the operator sees it; never a token or its hash.';
comment on column tocsin_api.integration_info.integration_id
is 'The id in the URL.';
comment on column tocsin_api.integration_info.name
is 'What people call it.';
comment on column tocsin_api.integration_info.enabled
is 'False: its webhooks are refused.';
comment on column tocsin_api.integration_info.has_token
is 'Senders must know a token.';
comment on column tocsin_api.integration_info.previous_token_expires_at
is 'Until when the token before the last rotation is still good.';
comment on column tocsin_api.integration_info.capture_additional_data
is 'Members the protocol does not name are kept.';
comment on column tocsin_api.integration_info.default_urgency
is 'Urgency of alerts whose sender names none.';
comment on column tocsin_api.integration_info.created_at
is 'When it was made.';
comment on column tocsin_api.integration_info.open_count
is 'Alerts nobody has acknowledged.';
comment on column tocsin_api.integration_info.acknowledged_count
is 'Alerts acknowledged and not yet resolved.';
comment on column tocsin_api.integration_info.last_event_at
is 'When its last stored event arrived.';

create type tocsin_api.admission_entry as (
    integration_id              text,
    enabled                     boolean,
    token_hash                  bytea,
    previous_token_hash         bytea,
    previous_token_expires_at   timestamptz
);
comment on type tocsin_api.admission_entry
is 'What the responder must know to admit events while the database is away.';
comment on column tocsin_api.admission_entry.integration_id
is 'The id in the URL.';
comment on column tocsin_api.admission_entry.enabled
is 'False: its webhooks are refused.';
comment on column tocsin_api.admission_entry.token_hash
is 'SHA-256 of the token; null: none is asked for.';
comment on column tocsin_api.admission_entry.previous_token_hash
is 'SHA-256 of the token before the last rotation.';
comment on column tocsin_api.admission_entry.previous_token_expires_at
is 'Until when the token before is still good.';

create type tocsin_api.finding as (
    name    text,
    ok      boolean,
    detail  text
);
comment on type tocsin_api.finding
is 'One result of tocsin_api.self_check.';
comment on column tocsin_api.finding.name
is 'What was looked at.';
comment on column tocsin_api.finding.ok
is 'True: as it should be.';
comment on column tocsin_api.finding.detail
is 'What was found, in words.';

-- ----------------------------------------------------------------------
-- Integrations
-- ----------------------------------------------------------------------

create table tocsin_internal.integration (
    integration_id              text collate "C" not null,
    name                        text        not null,
    token_hash                  bytea,
    previous_token_hash         bytea,
    previous_token_expires_at   timestamptz,
    capture_additional_data     boolean     not null default false,
    default_urgency             tocsin_internal.urgency not null
                                            default 'medium',
    enabled                     boolean     not null default true,
    created_at                  timestamptz not null default now(),

    constraint integration_pkey primary key (integration_id),
    constraint id_is_fit_for_a_url
        check (integration_id ~ '^int_[A-Za-z0-9_-]{1,64}$'),
    constraint name_is_not_blank
        check (name ~ '\S' and char_length(name) <= 255),
    constraint token_hash_is_a_sha256
        check (octet_length(token_hash) = 32
               and octet_length(previous_token_hash) = 32),
    constraint previous_token_has_an_end
        check ((previous_token_hash is null)
               = (previous_token_expires_at is null))
);
comment on table tocsin_internal.integration
is 'A door for one sender: an id in the URL and, if wished, a token.';
comment on column tocsin_internal.integration.integration_id
is 'The id in the URL; those made here are int_ and twelve random letters.';
comment on column tocsin_internal.integration.name
is 'What people call it; need not be unique.';
comment on column tocsin_internal.integration.token_hash
is 'SHA-256 of the token; null: none is asked for.';
comment on column tocsin_internal.integration.previous_token_hash
is 'SHA-256 of the token before the last rotation.';
comment on column tocsin_internal.integration.previous_token_expires_at
is 'Until when the token before the last rotation is still good.';
comment on column tocsin_internal.integration.capture_additional_data
is 'Keep members that the protocol does not name.';
comment on column tocsin_internal.integration.default_urgency
is 'Urgency of alerts whose sender names none.';
comment on column tocsin_internal.integration.enabled
is 'False: webhooks are refused.';
comment on column tocsin_internal.integration.created_at
is 'When it was made.';

-- ----------------------------------------------------------------------
-- The lifecycle
-- ----------------------------------------------------------------------

create table tocsin_internal.transition (
    from_status tocsin_internal.status      not null,
    event_type  tocsin_internal.event_type  not null,
    to_status   tocsin_internal.status      not null,
    outcome     tocsin_internal.outcome     not null,
    reason      text,

    constraint transition_pkey primary key (from_status, event_type),
    constraint ignored_changes_nothing_and_says_why
        check ((outcome = 'ignored') = (reason is not null)
               and (outcome <> 'ignored' or from_status = to_status))
);
comment on table tocsin_internal.transition
is 'The lifecycle of an alert: what each event does in each status.';
comment on column tocsin_internal.transition.from_status
is 'Status before; none: no alert of this Id.';
comment on column tocsin_internal.transition.event_type
is 'What the sender says.';
comment on column tocsin_internal.transition.to_status
is 'Status after.';
comment on column tocsin_internal.transition.outcome
is 'What the sender is told; created means that a new alert is made.';
comment on column tocsin_internal.transition.reason
is 'Why the event is ignored.';

insert into tocsin_internal.transition
    (from_status, event_type, to_status, outcome, reason)
values
    ('none', 'create', 'open', 'created', null),
    ('none', 'acknowledge', 'none', 'ignored', 'unknown_id'),
    ('none', 'resolve', 'none', 'ignored', 'unknown_id'),
    ('open', 'create', 'open', 'duplicate', null),
    ('open', 'acknowledge', 'acknowledged', 'acknowledged', null),
    ('open', 'resolve', 'resolved', 'resolved', null),
    ('acknowledged', 'create', 'acknowledged', 'duplicate', null),
    ('acknowledged', 'acknowledge', 'acknowledged', 'ignored',
     'already_acknowledged'),
    ('acknowledged', 'resolve', 'resolved', 'resolved', null),
    ('resolved', 'create', 'open', 'created', null),
    ('resolved', 'acknowledge', 'resolved', 'ignored', 'already_resolved'),
    ('resolved', 'resolve', 'resolved', 'ignored', 'already_resolved');

\ir alert.sql
\ir event.sql
