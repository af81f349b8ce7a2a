-- SPDX-License-Identifier: ISC
-- Part of outgoing.sql: what the functions for relays and operators return.

create type tocsin_api.job as (
    message_id      uuid,
    destination_id  text,
    kind            text,
    address         text,
    headers         jsonb,
    content_type    text,
    body            text,
    secret_paths    text[],
    webhook_id      text,
    hops            integer,
    secrets         text[],
    timeout_ms      integer,
    pin             text,
    mail_to         text,
    mail_subject    text,
    mail_message_id text,
    mail_references text,
    notice          text,
    notice_id       uuid,
    alert_id        uuid,
    delivery_count  integer
);
comment on type tocsin_api.job
is 'One message for a relay to send.  It holds secrets.';
comment on column tocsin_api.job.message_id
is 'Id of the message, for relay_done; new for each attempt.';
comment on column tocsin_api.job.destination_id
is 'The destination.';
comment on column tocsin_api.job.kind
is 'webhook, mail or command.';
comment on column tocsin_api.job.address
is 'URL, mail addresses or name of a command; {{secret.NAME}} stands for a'
    ' secret of the relay''s host.';
comment on column tocsin_api.job.headers
is 'Headers of the request, names to values; values may name secrets.';
comment on column tocsin_api.job.content_type
is 'Content type of the body; null for mail.';
comment on column tocsin_api.job.body
is 'Body of the request or mail, or standard input of the command.';
comment on column tocsin_api.job.secret_paths
is 'JSON pointers to strings of the body that name a secret.';
comment on column tocsin_api.job.webhook_id
is 'The same at each attempt; null: the message is not signed and has no id.';
comment on column tocsin_api.job.hops
is 'How many installations of tocsin the alert will have passed; null for'
    ' people.';
comment on column tocsin_api.job.secrets
is 'Keys to sign with, in hex, the new one first.';
comment on column tocsin_api.job.timeout_ms
is 'Maximum time for the request or program, in ms.';
comment on column tocsin_api.job.pin
is 'Hashes of the public keys that the server may have, as libcurl takes them;'
    ' null: any.';
comment on column tocsin_api.job.mail_to
is 'Addresses, separated by commas; null unless mail.';
comment on column tocsin_api.job.mail_subject
is 'Subject; null unless mail.';
comment on column tocsin_api.job.mail_message_id
is 'Left part of the Message-ID; null unless mail.';
comment on column tocsin_api.job.mail_references
is 'Left part of the Message-ID that the mail refers to; null: none.';
comment on column tocsin_api.job.notice
is 'What it tells; of several, the first.';
comment on column tocsin_api.job.notice_id
is 'Id of that notice.';
comment on column tocsin_api.job.alert_id
is 'The alert; null: a test, or several alerts.';
comment on column tocsin_api.job.delivery_count
is 'Number of deliveries in the message.';

create type tocsin_api.destination_info as (
    destination_id          text,
    name                    text,
    kind                    text,
    format                  text,
    audience                text,
    address                 text,
    is_signed               boolean,
    enabled                 boolean,
    disabled_reason         text,
    fallback                text,
    fallback_after_seconds  integer,
    hours                   text,
    hours_urgency           text,
    gap_seconds             integer,
    gap_max_seconds         integer,
    per_hour                integer,
    in_flight_max           integer,
    timeout_ms              integer,
    give_up_after_seconds   integer,
    forget_resolved         boolean,
    created_at              timestamptz,
    waiting_count           bigint,
    broken_since            timestamptz,
    last_sent_at            timestamptz,
    last_error              text,
    last_error_at           timestamptz,
    held_by                 text,
    secret_names            text[],
    secret                  text
);
comment on type tocsin_api.destination_info
is 'One destination, for the operator.';
comment on column tocsin_api.destination_info.destination_id
is 'Id.';
comment on column tocsin_api.destination_info.name
is 'Name.';
comment on column tocsin_api.destination_info.kind
is 'webhook, mail or command.';
comment on column tocsin_api.destination_info.format
is 'Format of its messages; null unless a webhook.';
comment on column tocsin_api.destination_info.audience
is 'people: one message carries all that waits; machines: one notice each.';
comment on column tocsin_api.destination_info.address
is 'Scheme and host of a URL; mail addresses; or name of a command.';
comment on column tocsin_api.destination_info.is_signed
is 'True if its messages are signed.';
comment on column tocsin_api.destination_info.enabled
is 'False: what is due waits.';
comment on column tocsin_api.destination_info.disabled_reason
is 'Why tocsin disabled it; null if it did not.';
comment on column tocsin_api.destination_info.fallback
is 'Destination that is told as well while it is broken; null: none.';
comment on column tocsin_api.destination_info.fallback_after_seconds
is 'How long it must be broken before the fallback is told.';
comment on column tocsin_api.destination_info.hours
is 'Its hours, weekdays and zone; null: always.';
comment on column tocsin_api.destination_info.hours_urgency
is 'Lowest urgency of alerts that are sent outside its hours.';
comment on column tocsin_api.destination_info.gap_seconds
is 'Shortest time between messages to people.';
comment on column tocsin_api.destination_info.gap_max_seconds
is 'What the gap may grow to.';
comment on column tocsin_api.destination_info.per_hour
is 'Maximum number of messages tried in an hour; null: no limit.';
comment on column tocsin_api.destination_info.in_flight_max
is 'Maximum number of messages to it at a time.';
comment on column tocsin_api.destination_info.timeout_ms
is 'Maximum time for a request or program, in ms.';
comment on column tocsin_api.destination_info.give_up_after_seconds
is 'How long a delivery is tried before it is dead.';
comment on column tocsin_api.destination_info.forget_resolved
is 'True: skip an alert that is resolved before a message about it is sent.';
comment on column tocsin_api.destination_info.created_at
is 'When it was created.';
comment on column tocsin_api.destination_info.waiting_count
is 'Number of deliveries that are due or being sent.';
comment on column tocsin_api.destination_info.broken_since
is 'Since when it is broken; null: it works.';
comment on column tocsin_api.destination_info.last_sent_at
is 'When a message last arrived.';
comment on column tocsin_api.destination_info.last_error
is 'Error of the last failure.';
comment on column tocsin_api.destination_info.last_error_at
is 'When the last failure was.';
comment on column tocsin_api.destination_info.held_by
is 'Why nothing is sent at the moment: see tocsin_internal.held_by.';
comment on column tocsin_api.destination_info.secret_names
is 'What its address, headers and format need of the file relay_secrets; null:'
    ' nothing.';
comment on column tocsin_api.destination_info.secret
is 'Its signing secret, only when it has just been created; otherwise null.';

create type tocsin_api.route_info as (
    route_id                integer,
    position                integer,
    name                    text,
    integration_id          text,
    integration_name        text,
    tags                    text[],
    urgency_min             text,
    incident_only           boolean,
    title_like              text,
    continues               boolean,
    enabled                 boolean,
    steps                   jsonb,
    tells                   text
);
comment on type tocsin_api.route_info
is 'One route with its steps, for the operator.';
comment on column tocsin_api.route_info.route_id
is 'Number.';
comment on column tocsin_api.route_info.position
is 'Its place among all routes, from 1.';
comment on column tocsin_api.route_info.name
is 'Name.';
comment on column tocsin_api.route_info.integration_id
is 'Integration of the alerts; null: any.';
comment on column tocsin_api.route_info.integration_name
is 'Its name.';
comment on column tocsin_api.route_info.tags
is 'Tags that an alert must all have.';
comment on column tocsin_api.route_info.urgency_min
is 'Lowest urgency.';
comment on column tocsin_api.route_info.incident_only
is 'True: incidents only.';
comment on column tocsin_api.route_info.title_like
is 'Pattern of LIKE for the title; null: any.';
comment on column tocsin_api.route_info.continues
is 'True: an alert that matches may also take later routes.';
comment on column tocsin_api.route_info.enabled
is 'False: no alert matches it.';
comment on column tocsin_api.route_info.steps
is 'Array of objects: to, after_seconds, until, repeat_seconds,'
    ' repeat_max, tell_acknowledged, tell_resolved.';
comment on column tocsin_api.route_info.tells
is 'The steps as text for people; null: none.';

create type tocsin_api.explanation as (
    route                   text,
    is_taken                boolean,
    why                     text,
    step_no                 integer,
    destination             text,
    after_seconds           integer,
    until                   text,
    due_at                  timestamptz
);
comment on type tocsin_api.explanation
is 'What one route does with an alert.';
comment on column tocsin_api.explanation.route
is 'Name of the route.';
comment on column tocsin_api.explanation.is_taken
is 'True if the alert takes it.';
comment on column tocsin_api.explanation.why
is 'Why, or why not.';
comment on column tocsin_api.explanation.step_no
is 'Number of the step; null: the route is not taken, or has none.';
comment on column tocsin_api.explanation.destination
is 'Destination of the step.';
comment on column tocsin_api.explanation.after_seconds
is 'How long after the alert was created.';
comment on column tocsin_api.explanation.until
is 'Status of the alert that ends the step.';
comment on column tocsin_api.explanation.due_at
is 'When the step is due; null: it is over, or the alert is a supposed one.';

create type tocsin_api.delivery_info as (
    delivery_id             bigint,
    destination             text,
    alert_id                uuid,
    external_id             text,
    title                   text,
    notice                  text,
    notice_id               uuid,
    urgency                 text,
    status                  text,
    waiting_for             text,
    reason                  text,
    attempts                integer,
    created_at              timestamptz,
    due_at                  timestamptz,
    expires_at              timestamptz,
    sent_at                 timestamptz,
    last_status             integer,
    took_ms                 integer,
    excerpt                 text
);
comment on type tocsin_api.delivery_info
is 'One delivery, for the operator.';
comment on column tocsin_api.delivery_info.delivery_id
is 'Number.';
comment on column tocsin_api.delivery_info.destination
is 'Name of the destination; its id if it was removed.';
comment on column tocsin_api.delivery_info.alert_id
is 'The alert; null: a test.';
comment on column tocsin_api.delivery_info.external_id
is 'Its Id.';
comment on column tocsin_api.delivery_info.title
is 'Its title.';
comment on column tocsin_api.delivery_info.notice
is 'What it tells of the alert.';
comment on column tocsin_api.delivery_info.notice_id
is 'Id that receivers see, the same at each attempt.';
comment on column tocsin_api.delivery_info.urgency
is 'Urgency of the alert.';
comment on column tocsin_api.delivery_info.status
is 'due, sending, sent, dead or cancelled.';
comment on column tocsin_api.delivery_info.waiting_for
is 'What it waits for: see the view deliveries.';
comment on column tocsin_api.delivery_info.reason
is 'Why the last attempt failed, or why it is dead or cancelled.';
comment on column tocsin_api.delivery_info.attempts
is 'Number of attempts.';
comment on column tocsin_api.delivery_info.created_at
is 'When it was created.';
comment on column tocsin_api.delivery_info.due_at
is 'Next attempt; if dead, the time of the last attempt or of giving up.';
comment on column tocsin_api.delivery_info.expires_at
is 'When to give up.';
comment on column tocsin_api.delivery_info.sent_at
is 'When it last arrived.';
comment on column tocsin_api.delivery_info.last_status
is 'Status of the last answer.';
comment on column tocsin_api.delivery_info.took_ms
is 'How long that took, in ms.';
comment on column tocsin_api.delivery_info.excerpt
is 'The beginning of the last answer.';
