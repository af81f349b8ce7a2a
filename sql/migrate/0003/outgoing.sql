-- SPDX-License-Identifier: ISC
-- Outgoing notifications of alerts: destinations, routes, deliveries.  Applied
-- once by install.sql.

-- ----------------------------------------------------------------------
-- Outbox: transitions that intake hands to tick
-- ----------------------------------------------------------------------

alter table tocsin_internal.integration
    add column watched boolean not null default false;
comment on column tocsin_internal.integration.watched
is 'True if a route may concern its alerts: ingest then adds each transition to'
    ' the outbox.';

alter type tocsin_internal.verdict add attribute watched boolean;
comment on column tocsin_internal.verdict.watched
is 'True if a transition is to be added to the outbox.';

-- A foreign key would lock the alert's row at every insert.
create table tocsin_internal.outbox (
    outbox_id   bigint generated always as identity,
    event_id    uuid        not null,
    alert_id    uuid        not null,

    constraint outbox_pkey primary key (outbox_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

comment on table tocsin_internal.outbox
is 'Transitions that tick has not planned yet; written in the transaction that'
    ' stores the event.';
comment on column tocsin_internal.outbox.outbox_id
is 'Orders the rows of one alert: drawn under the lock of its key.';
comment on column tocsin_internal.outbox.event_id
is 'The event that created, acknowledged or resolved the alert.';
comment on column tocsin_internal.outbox.alert_id
is 'The alert.';

-- ----------------------------------------------------------------------
-- Types
-- ----------------------------------------------------------------------

create type tocsin_internal.destination_kind as enum
    ('webhook', 'mail', 'command');
comment on type tocsin_internal.destination_kind
is 'How messages reach a destination.';

create type tocsin_internal.notice as enum
    ('created', 'acknowledged', 'resolved', 'escalated', 'reminder', 'test');
comment on type tocsin_internal.notice
is 'What a delivery tells.  escalated: again, by a later step; reminder: again,'
    ' by the same step.';

create type tocsin_internal.delivery_state as enum
    ('due', 'sending', 'sent', 'dead', 'cancelled');
comment on type tocsin_internal.delivery_state
is 'State of a delivery; the last three are final unless an operator says'
    ' otherwise.';

create type tocsin_internal.delivery_move as enum
    ('claim', 'sent', 'retry', 'slow', 'lapse', 'refuse', 'give_up', 'expire',
     'cancel', 'replay');
comment on type tocsin_internal.delivery_move
is 'What moves a delivery from one state to another.';

create type tocsin_internal.answer_verdict as enum
    ('sent', 'slow', 'retry', 'refuse', 'gone');
comment on type tocsin_internal.answer_verdict
is 'What an answer means.  slow: pause the destination, count no attempt;'
    ' refuse: dead after three attempts; gone: disable the destination.';

-- ----------------------------------------------------------------------
-- Destinations
-- ----------------------------------------------------------------------

create table tocsin_internal.destination (
    destination_id  text collate "C" not null,
    name            text        not null,
    kind            tocsin_internal.destination_kind not null,
    format          text collate "C",
    address         text        not null,
    headers         jsonb       not null default '{}',
    secret          bytea,
    previous_secret bytea,
    previous_secret_expires_at timestamptz,
    pin             text,
    timeout         interval    not null default '15 seconds',
    in_flight_max   smallint    not null default 4,
    gap             interval    not null default '0',
    gap_max         interval    not null default '0',
    per_hour        integer,
    give_up_after   interval    not null default '72 hours',
    hours_from      time,
    hours_to        time,
    hours_days      smallint[],
    hours_zone      text,
    hours_urgency   tocsin_internal.urgency not null default 'critical',
    forget_resolved boolean     not null default false,
    fallback_id     text collate "C",
    fallback_after  interval    not null default '5 minutes',
    enabled         boolean     not null default true,
    created_at      timestamptz not null default now(),

    constraint destination_pkey primary key (destination_id),
    constraint destination_name_key unique (name),
    constraint destination_format_fkey foreign key (format)
        references tocsin_internal.format,
    constraint destination_fallback_id_fkey foreign key (fallback_id)
        references tocsin_internal.destination on delete set null,
    constraint destination_id_has_its_form
        check (destination_id ~ '^dst_[A-Za-z0-9]{12}$'),
    constraint destination_name_is_a_word
        check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    constraint a_webhook_has_a_format
        check ((kind = 'webhook') = (format is not null)),
    -- No user and password: they belong in headers, since URLs are logged.
    constraint address_fits_kind
        check (octet_length(address) <= 2048
               and address !~ '[[:space:][:cntrl:]]'
               and case kind
                   when 'webhook'
                   then address ~ '^https?://[^/?#@\\]+([/?#]|$)'
                   when 'mail'
                   then address !~ '(^|,)-' and address ~ ('^([^,;<>()"@\\]+@'
                       || '[^,;<>()"@\\]+,)*[^,;<>()"@\\]+@[^,;<>()"@\\]+$')
                   else address ~ '^[a-z0-9][a-z0-9-]{0,31}$' end),
    constraint headers_are_an_object
        check (jsonb_typeof(headers) = 'object'),
    constraint secrets_have_24_to_64_bytes
        check (octet_length(secret) >= 24
               and octet_length(secret) <= 64
               and octet_length(previous_secret) >= 24
               and octet_length(previous_secret) <= 64),
    constraint pin_has_its_form
        check (pin ~ ('^(sha256//[A-Za-z0-9+/]{43}=;)*'
                   || 'sha256//[A-Za-z0-9+/]{43}=$')),
    constraint timeout_is_1_to_60_seconds
        check (timeout >= '1 second' and timeout <= '60 seconds'),
    constraint in_flight_max_is_1_to_64
        check (in_flight_max >= 1 and in_flight_max <= 64),
    constraint gap_is_at_most_a_day
        check (gap >= '0' and gap_max >= gap and gap_max <= '24 hours'),
    constraint per_hour_is_positive
        check (per_hour >= 1),
    constraint give_up_after_is_a_minute_to_30_days
        check (give_up_after >= '1 minute' and give_up_after <= '720 hours'),
    constraint hours_are_whole
        check ((hours_from is null) = (hours_to is null)
               and (hours_from is null) = (hours_zone is null)
               and (hours_from is not null or hours_days is null)
               and hours_from <> hours_to),
    constraint hours_days_are_1_to_7
        check (hours_days <@ '{1, 2, 3, 4, 5, 6, 7}'
               and cardinality(hours_days) >= 1),
    constraint fallback_is_another
        check (fallback_id <> destination_id),
    constraint fallback_after_is_at_most_a_day
        check (fallback_after >= '0' and fallback_after <= '24 hours'),
    constraint times_are_finite
        check (isfinite(previous_secret_expires_at) and isfinite(created_at))
);
create index destination_format_idx
    on tocsin_internal.destination (format);
create index destination_fallback_id_idx
    on tocsin_internal.destination (fallback_id);

comment on table tocsin_internal.destination
is 'An address that is notified of alerts, and how.';
comment on column tocsin_internal.destination.destination_id
is 'Id: dst_ and twelve letters and digits.';
comment on column tocsin_internal.destination.name
is 'Name, by which people refer to it.';
comment on column tocsin_internal.destination.kind
is 'webhook, mail or command.';
comment on column tocsin_internal.destination.format
is 'Format of its messages; null unless a webhook.';
comment on column tocsin_internal.destination.address
is 'URL; mail addresses, separated by commas; or name of a command of the'
    ' relay''s host.  May be a secret: views do not show it.';
comment on column tocsin_internal.destination.headers
is 'Headers of each request, name to value.';
comment on column tocsin_internal.destination.secret
is 'Key that signs messages; null: they are not signed.';
comment on column tocsin_internal.destination.previous_secret
is 'Key before the last rotation.';
comment on column tocsin_internal.destination.previous_secret_expires_at
is 'Until when messages are also signed with the previous key.';
comment on column tocsin_internal.destination.pin
is 'Hashes of the public keys that its server may have, as libcurl takes them;'
    ' null: any.';
comment on column tocsin_internal.destination.timeout
is 'Maximum time for a request or program.';
comment on column tocsin_internal.destination.in_flight_max
is 'Maximum number of messages to it at a time; people get one.';
comment on column tocsin_internal.destination.gap
is 'Shortest time between messages to people.';
comment on column tocsin_internal.destination.gap_max
is 'What the gap may grow to while messages tell of several alerts each.';
comment on column tocsin_internal.destination.per_hour
is 'Maximum number of messages tried in an hour; null: no limit.';
comment on column tocsin_internal.destination.give_up_after
is 'How long a delivery is tried before it is dead.';
comment on column tocsin_internal.destination.hours_from
is 'When its hours begin; null: always.';
comment on column tocsin_internal.destination.hours_to
is 'When they end; before hours_from: on the next day.';
comment on column tocsin_internal.destination.hours_days
is 'Weekdays on which they begin, 1 for Monday to 7; null: all.';
comment on column tocsin_internal.destination.hours_zone
is 'Time zone of its hours.';
comment on column tocsin_internal.destination.hours_urgency
is 'Lowest urgency of alerts that are sent outside its hours.';
comment on column tocsin_internal.destination.forget_resolved
is 'True: skip an alert that is resolved before a message about it is sent.';
comment on column tocsin_internal.destination.fallback_id
is 'Destination that is told as well while this one is broken; null: none.';
comment on column tocsin_internal.destination.fallback_after
is 'How long it must be broken before the fallback is told.';
comment on column tocsin_internal.destination.enabled
is 'False: what is due waits.';
comment on column tocsin_internal.destination.created_at
is 'When it was created.';

-- Apart, because it changes often.
create table tocsin_internal.destination_state (
    destination_id  text collate "C" not null,
    failures        integer     not null default 0,
    broken_since    timestamptz,
    open_until      timestamptz,
    rests_until     timestamptz not null default '-infinity',
    rests_for       text,
    gap_now         interval,
    last_sent_at    timestamptz,
    last_error      text,
    last_error_at   timestamptz,
    disabled_reason text,
    due_from        timestamptz not null default '-infinity',
    leased_from     timestamptz not null default '-infinity',

    constraint destination_state_pkey primary key (destination_id),
    constraint destination_state_destination_id_fkey
        foreign key (destination_id) references tocsin_internal.destination
        on update cascade on delete cascade
) with (fillfactor = 50);

comment on table tocsin_internal.destination_state
is 'The changing state of a destination; claim locks the row.';
comment on column tocsin_internal.destination_state.destination_id
is 'The destination.';
comment on column tocsin_internal.destination_state.failures
is 'Failures in a row.';
comment on column tocsin_internal.destination_state.broken_since
is 'When it failed the third time in a row, or was disabled by its answer;'
    ' null: it works.';
comment on column tocsin_internal.destination_state.open_until
is 'The breaker is open until then, after which one message is tried; null: it'
    ' works.';
comment on column tocsin_internal.destination_state.rests_until
is 'Nothing is sent before this time.';
comment on column tocsin_internal.destination_state.rests_for
is 'Why: gap, slow, or sending while a message to people is under way.';
comment on column tocsin_internal.destination_state.gap_now
is 'Its current gap; null: no message to people was sent.';
comment on column tocsin_internal.destination_state.last_sent_at
is 'When a message last arrived.';
comment on column tocsin_internal.destination_state.last_error
is 'Error of the last failure.';
comment on column tocsin_internal.destination_state.last_error_at
is 'When the last failure was.';
comment on column tocsin_internal.destination_state.disabled_reason
is 'Why tocsin disabled it; null if it did not.';
comment on column tocsin_internal.destination_state.due_from
is 'Low-water mark: no waiting delivery is due before it.';
comment on column tocsin_internal.destination_state.leased_from
is 'Low-water mark: no current lease ends before it.';

-- ----------------------------------------------------------------------
-- Routes and chains
-- ----------------------------------------------------------------------

create table tocsin_internal.route (
    route_id        integer generated always as identity,
    position        integer     not null,
    name            text        not null,
    integration_id  text collate "C",
    tags            text[]      not null default '{}',
    urgency_min     tocsin_internal.urgency not null default 'low',
    incident_only   boolean     not null default false,
    title_like      text,
    continues       boolean     not null default false,
    enabled         boolean     not null default true,

    constraint route_pkey primary key (route_id),
    constraint route_position_key unique (position)
        deferrable initially deferred,
    constraint route_name_key unique (name),
    constraint route_integration_id_fkey foreign key (integration_id)
        references tocsin_internal.integration
        on update cascade on delete cascade,
    constraint route_name_is_a_word
        check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    constraint silent_is_told_to_nobody
        check (urgency_min <> 'silent')
);
create index route_integration_id_idx
    on tocsin_internal.route (integration_id);

comment on table tocsin_internal.route
is 'A rule that assigns steps to alerts.  In order of position, the first that'
    ' an alert matches ends the search, unless it continues.';
comment on column tocsin_internal.route.route_id
is 'Number.';
comment on column tocsin_internal.route.position
is 'Its place among all routes.';
comment on column tocsin_internal.route.name
is 'Name, by which people refer to it.';
comment on column tocsin_internal.route.integration_id
is 'Integration of the alerts; null: any.';
comment on column tocsin_internal.route.tags
is 'Tags that an alert must all have.';
comment on column tocsin_internal.route.urgency_min
is 'Lowest urgency.';
comment on column tocsin_internal.route.incident_only
is 'True: incidents only.';
comment on column tocsin_internal.route.title_like
is 'Pattern for the title, as ILIKE; null: any.';
comment on column tocsin_internal.route.continues
is 'True: an alert that matches may also take later routes.';
comment on column tocsin_internal.route.enabled
is 'False: no alert matches it.';

create table tocsin_internal.step (
    route_id        integer     not null,
    step_no         smallint    not null,
    destination_id  text collate "C" not null,
    after           interval    not null default '0',
    until           tocsin_internal.status not null default 'acknowledged',
    repeat_every    interval,
    repeat_max      integer     not null default 10,
    tell_acknowledged boolean   not null default true,
    tell_resolved   boolean     not null default true,

    constraint step_pkey primary key (route_id, step_no),
    constraint step_route_id_fkey foreign key (route_id)
        references tocsin_internal.route on delete cascade,
    constraint step_destination_id_fkey foreign key (destination_id)
        references tocsin_internal.destination on update cascade,
    constraint after_is_at_most_30_days
        check (after >= '0' and after <= '720 hours'),
    constraint until_is_acknowledged_or_resolved
        check (until in ('acknowledged', 'resolved')),
    constraint repeat_every_is_a_minute_to_30_days
        check (repeat_every >= '1 minute' and repeat_every <= '720 hours'),
    constraint repeat_max_is_1_to_1000
        check (repeat_max >= 1 and repeat_max <= 1000)
);
create index step_destination_id_idx
    on tocsin_internal.step (destination_id);

comment on table tocsin_internal.step
is 'A destination that a route notifies, and when.';
comment on column tocsin_internal.step.route_id
is 'The route.';
comment on column tocsin_internal.step.step_no
is 'Its number in the route.';
comment on column tocsin_internal.step.destination_id
is 'The destination.';
comment on column tocsin_internal.step.after
is 'How long after the alert was created.';
comment on column tocsin_internal.step.until
is 'Status of the alert that ends the step: acknowledged or resolved.';
comment on column tocsin_internal.step.repeat_every
is 'Time between reminders; null: none.';
comment on column tocsin_internal.step.repeat_max
is 'Maximum number of reminders.';
comment on column tocsin_internal.step.tell_acknowledged
is 'True: also tell when the alert is acknowledged.';
comment on column tocsin_internal.step.tell_resolved
is 'True: also tell when the alert is resolved.';

create table tocsin_internal.escalation (
    alert_id        uuid        not null,
    route_id        integer     not null,
    step_no         smallint    not null,
    due_at          timestamptz not null,
    fired           smallint    not null default 0,

    constraint escalation_pkey primary key (alert_id, route_id, step_no)
) with (fillfactor = 70);
create index escalation_due_at_idx on tocsin_internal.escalation (due_at);
create index escalation_route_id_idx
    on tocsin_internal.escalation (route_id, step_no);

comment on table tocsin_internal.escalation
is 'The chains of live alerts: a row for each step that is due later.';
comment on column tocsin_internal.escalation.alert_id
is 'The alert.';
comment on column tocsin_internal.escalation.route_id
is 'Route of the step.';
comment on column tocsin_internal.escalation.step_no
is 'Number of the step.';
comment on column tocsin_internal.escalation.due_at
is 'When the step is due.';
comment on column tocsin_internal.escalation.fired
is 'Number of times it was due before.';

\ir delivery.sql
\ir outgoing_types.sql

-- Dropped, since the new one has another parameter.
drop function if exists tocsin_api.maintain(interval, interval, integer);
