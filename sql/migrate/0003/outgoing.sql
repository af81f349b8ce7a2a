-- SPDX-License-Identifier: ISC
-- Outgoing: who is told of an alert, and what became of it.  Applied once by
-- install.sql.

-- ----------------------------------------------------------------------
-- Outbox: what intake leaves to be told
-- ----------------------------------------------------------------------

alter table tocsin_internal.integration
    add column watched boolean not null default false;
comment on column tocsin_internal.integration.watched
is 'True if a route may concern its alerts: ingest then notes each transition'
    ' in the outbox.';

alter type tocsin_internal.verdict add attribute watched boolean;
comment on column tocsin_internal.verdict.watched
is 'True if a transition is to be noted in the outbox.';

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
is 'Its order, among the rows of one alert: taken under the lock of its key.';
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
is 'How a destination is reached.';

create type tocsin_internal.notice as enum
    ('created', 'acknowledged', 'resolved', 'escalated', 'reminder', 'test');
comment on type tocsin_internal.notice
is 'What is told.  escalated: again, by a later step; reminder: again, by the'
    ' same step.';

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
is 'What an answer means.  slow: the destination rests, no attempt is counted;'
    ' refuse: three tries, then dead; gone: the destination is disabled.';

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
    -- Names of users and passwords belong into headers: URLs are logged.
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
is 'An address to tell of alerts, and how.';
comment on column tocsin_internal.destination.destination_id
is 'Id: dst_ and twelve letters and digits.';
comment on column tocsin_internal.destination.name
is 'Name, by which people refer to it.';
comment on column tocsin_internal.destination.kind
is 'How it is reached.';
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
is 'Until when messages are signed with the previous key too.';
comment on column tocsin_internal.destination.pin
is 'Hashes of the public keys that its server may have, as libcurl takes them;'
    ' null: any.';
comment on column tocsin_internal.destination.timeout
is 'Longest time for a request.';
comment on column tocsin_internal.destination.in_flight_max
is 'Most messages to it at a time; people get one.';
comment on column tocsin_internal.destination.gap
is 'Shortest time between messages to people.';
comment on column tocsin_internal.destination.gap_max
is 'What it grows to while each message tells of several alerts.';
comment on column tocsin_internal.destination.per_hour
is 'Most messages tried in an hour; null: any number.';
comment on column tocsin_internal.destination.give_up_after
is 'How long a delivery is tried.';
comment on column tocsin_internal.destination.hours_from
is 'When its hours begin; null: always.';
comment on column tocsin_internal.destination.hours_to
is 'When they end; before hours_from: on the next day.';
comment on column tocsin_internal.destination.hours_days
is 'Weekdays on which they begin, 1 for Monday to 7; null: all.';
comment on column tocsin_internal.destination.hours_zone
is 'Time zone of its hours.';
comment on column tocsin_internal.destination.hours_urgency
is 'Lowest urgency that is told outside its hours.';
comment on column tocsin_internal.destination.forget_resolved
is 'True: do not tell of an alert that was resolved before it was told.';
comment on column tocsin_internal.destination.fallback_id
is 'Destination to tell instead while this one is broken; null: none.';
comment on column tocsin_internal.destination.fallback_after
is 'How long it must be broken.';
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

    constraint destination_state_pkey primary key (destination_id),
    constraint destination_state_destination_id_fkey
        foreign key (destination_id) references tocsin_internal.destination
        on update cascade on delete cascade
) with (fillfactor = 50);

comment on table tocsin_internal.destination_state
is 'How a destination fares; claim locks the row.';
comment on column tocsin_internal.destination_state.destination_id
is 'The destination.';
comment on column tocsin_internal.destination_state.failures
is 'Failures in a row.';
comment on column tocsin_internal.destination_state.broken_since
is 'When the third failure in a row, or its end, was found; null: it works.';
comment on column tocsin_internal.destination_state.open_until
is 'Nothing is tried before this time, then one message; null: it works.';
comment on column tocsin_internal.destination_state.rests_until
is 'Nothing is sent before this time.';
comment on column tocsin_internal.destination_state.rests_for
is 'Why: gap, slow, or sending while a message to people is under way.';
comment on column tocsin_internal.destination_state.gap_now
is 'Its gap, as it has grown; null: it has not.';
comment on column tocsin_internal.destination_state.last_sent_at
is 'When a message last arrived.';
comment on column tocsin_internal.destination_state.last_error
is 'Why the last failure was one.';
comment on column tocsin_internal.destination_state.last_error_at
is 'When that was.';
comment on column tocsin_internal.destination_state.disabled_reason
is 'Why tocsin disabled it; null if it did not.';

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
is 'A rule that leads alerts to steps.  In order of position, the first that'
    ' matches an alert ends the search unless it continues.';
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
is 'Pattern of LIKE for the title, whatever its case; null: any.';
comment on column tocsin_internal.route.continues
is 'True: routes behind it are also looked at.';
comment on column tocsin_internal.route.enabled
is 'False: it matches nothing.';

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
is 'Whom a route tells, and when.';
comment on column tocsin_internal.step.route_id
is 'The route.';
comment on column tocsin_internal.step.step_no
is 'Its number in the route.';
comment on column tocsin_internal.step.destination_id
is 'Whom to tell.';
comment on column tocsin_internal.step.after
is 'How long after the alert was created.';
comment on column tocsin_internal.step.until
is 'Status from which it is not told any more: acknowledged or resolved.';
comment on column tocsin_internal.step.repeat_every
is 'Pause between reminders; null: there are none.';
comment on column tocsin_internal.step.repeat_max
is 'Most reminders.';
comment on column tocsin_internal.step.tell_acknowledged
is 'True: also tell that it was acknowledged.';
comment on column tocsin_internal.step.tell_resolved
is 'True: also tell that it was resolved.';

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
is 'The chains of live alerts: a row for each step that is still to come.';
comment on column tocsin_internal.escalation.alert_id
is 'The alert.';
comment on column tocsin_internal.escalation.route_id
is 'Route of the step.';
comment on column tocsin_internal.escalation.step_no
is 'Number of the step.';
comment on column tocsin_internal.escalation.due_at
is 'When the step is due.';
comment on column tocsin_internal.escalation.fired
is 'How many times it was due before.';

-- ----------------------------------------------------------------------
-- Deliveries
-- ----------------------------------------------------------------------

create table tocsin_internal.delivery (
    delivery_id     bigint generated always as identity,
    destination_id  text collate "C" not null,
    alert_id        uuid,
    notice          tocsin_internal.notice not null,
    notice_id       uuid        not null,
    urgency         tocsin_internal.urgency not null,
    tell_acknowledged boolean   not null default true,
    tell_resolved   boolean     not null default true,
    state           tocsin_internal.delivery_state not null default 'due',
    reason          text,
    created_at      timestamptz not null,
    due_at          timestamptz not null,
    expires_at      timestamptz not null,
    attempts        smallint    not null default 0,
    message_id      uuid,
    leased_by       uuid,
    leased_until    timestamptz,
    sent_at         timestamptz,

    constraint delivery_pkey primary key (delivery_id),
    constraint only_a_test_has_no_alert
        check ((notice = 'test') = (alert_id is null)),
    constraint sending_has_a_lease
        check ((state = 'sending') = (leased_until is not null)
               and (state = 'sending') = (leased_by is not null)
               and (state <> 'sending' or message_id is not null)),
    constraint sent_has_a_time
        check (state <> 'sent' or sent_at is not null),
    constraint dead_and_cancelled_have_a_reason
        check (state not in ('dead', 'cancelled') or reason is not null)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 500);
create unique index delivery_once_idx
    on tocsin_internal.delivery (destination_id, notice_id)
    where notice <> 'test';
-- Finished rows leave these four.
create index delivery_waiting_idx
    on tocsin_internal.delivery (destination_id, alert_id, delivery_id)
    where state in ('due', 'sending');
create index delivery_due_idx
    on tocsin_internal.delivery (destination_id, due_at, delivery_id)
    where state = 'due';
create index delivery_expires_at_idx
    on tocsin_internal.delivery (expires_at)
    where state = 'due';
create index delivery_sending_idx
    on tocsin_internal.delivery (destination_id, leased_until)
    where state = 'sending';
create index delivery_message_id_idx
    on tocsin_internal.delivery (message_id)
    where state = 'sending';
create index delivery_dead_idx
    on tocsin_internal.delivery (created_at)
    where state = 'dead';
create index delivery_alert_id_idx
    on tocsin_internal.delivery (alert_id, destination_id);
create index delivery_created_at_idx
    on tocsin_internal.delivery (created_at);

comment on table tocsin_internal.delivery
is 'One notice for one destination; its state moves only as delivery_step'
    ' allows.';
comment on column tocsin_internal.delivery.delivery_id
is 'Number; among those of one alert and destination also their order.';
comment on column tocsin_internal.delivery.destination_id
is 'The destination; it may have been removed.';
comment on column tocsin_internal.delivery.alert_id
is 'The alert; null: a test.';
comment on column tocsin_internal.delivery.notice
is 'What is told.';
comment on column tocsin_internal.delivery.notice_id
is 'Id under which it is told, the same at each try: the transition''s event,'
    ' else one of its own.';
comment on column tocsin_internal.delivery.urgency
is 'Urgency of the alert.';
comment on column tocsin_internal.delivery.tell_acknowledged
is 'True: who is told this is also told that it was acknowledged.';
comment on column tocsin_internal.delivery.tell_resolved
is 'True: who is told this is also told that it was resolved.';
comment on column tocsin_internal.delivery.state
is 'due, sending, sent, dead or cancelled.';
comment on column tocsin_internal.delivery.reason
is 'Why the last try failed, or why it is dead or cancelled.';
comment on column tocsin_internal.delivery.created_at
is 'When it became due to be told.';
comment on column tocsin_internal.delivery.due_at
is 'When to try next.';
comment on column tocsin_internal.delivery.expires_at
is 'When to give up.';
comment on column tocsin_internal.delivery.attempts
is 'How many times it was tried.';
comment on column tocsin_internal.delivery.message_id
is 'The message that last carried it.';
comment on column tocsin_internal.delivery.leased_by
is 'The relay that sends it; null unless sending.';
comment on column tocsin_internal.delivery.leased_until
is 'When it becomes due again if the relay says nothing.';
comment on column tocsin_internal.delivery.sent_at
is 'When it last arrived.';
comment on index tocsin_internal.delivery_once_idx
is 'Nothing is told twice to a destination.';

create table tocsin_internal.delivery_step (
    from_state  tocsin_internal.delivery_state not null,
    move        tocsin_internal.delivery_move not null,
    to_state    tocsin_internal.delivery_state not null,

    constraint delivery_step_pkey primary key (from_state, move)
);
comment on table tocsin_internal.delivery_step
is 'The life of a delivery: what may move it from one state to another.';
comment on column tocsin_internal.delivery_step.from_state
is 'State before.';
comment on column tocsin_internal.delivery_step.move
is 'What happens.';
comment on column tocsin_internal.delivery_step.to_state
is 'State after.';
insert into tocsin_internal.delivery_step (from_state, move, to_state)
values
    ('due',       'claim',   'sending'),
    ('due',       'expire',  'dead'),
    ('due',       'cancel',  'cancelled'),
    ('sending',   'sent',    'sent'),
    ('sending',   'retry',   'due'),
    ('sending',   'slow',    'due'),
    ('sending',   'lapse',   'due'),
    ('sending',   'refuse',  'dead'),
    ('sending',   'give_up', 'dead'),
    ('sending',   'expire',  'dead'),
    ('dead',      'retry',   'due'),
    ('cancelled', 'retry',   'due'),
    ('sent',      'replay',  'due');

create table tocsin_internal.answer (
    by_exit     boolean     not null,
    status_min  smallint    not null,
    status_max  smallint    not null,
    says_when   boolean     not null default false,
    verdict     tocsin_internal.answer_verdict not null,

    constraint answer_pkey primary key (by_exit, status_min, status_max,
        says_when),
    constraint status_runs_upwards check (status_min <= status_max)
);
comment on table tocsin_internal.answer
is 'What the answer of a destination means.  Of several rows that match, the'
    ' one with the fewest statuses counts; if none does, retry.';
comment on column tocsin_internal.answer.by_exit
is 'True: the exit status of a program, for mail and commands; false: the'
    ' status of HTTP.';
comment on column tocsin_internal.answer.status_min
is 'First status.';
comment on column tocsin_internal.answer.status_max
is 'Last status.';
comment on column tocsin_internal.answer.says_when
is 'True: only if the answer says when to try again.';
comment on column tocsin_internal.answer.verdict
is 'What it means.';
insert into tocsin_internal.answer
    (by_exit, status_min, status_max, says_when, verdict)
values
    (false, 200, 299, false, 'sent'),
    (false, 400, 400, false, 'refuse'),
    (false, 410, 410, false, 'gone'),
    (false, 413, 413, false, 'refuse'),
    (false, 415, 415, false, 'refuse'),
    (false, 422, 422, false, 'refuse'),
    (false, 429, 429, false, 'slow'),
    (false, 503, 503, true,  'slow'),
    (true,    0,   0, false, 'sent'),
    -- Of sysexits.h: wrong usage, data, or user.
    (true,   64,  65, false, 'refuse'),
    (true,   67,  67, false, 'refuse');

create table tocsin_internal.attempt (
    message_id      uuid        not null,
    destination_id  text collate "C" not null,
    at              timestamptz not null,
    relay_id        uuid        not null,
    took_ms         integer,
    status          smallint,
    verdict         tocsin_internal.answer_verdict not null,
    error           text,
    excerpt         text,
    delivery_count  integer     not null,

    constraint attempt_pkey primary key (message_id)
);
create index attempt_destination_id_idx
    on tocsin_internal.attempt (destination_id, at);
comment on table tocsin_internal.attempt
is 'One message that was tried.';
comment on column tocsin_internal.attempt.message_id
is 'Id of the message; another at each try.';
comment on column tocsin_internal.attempt.destination_id
is 'The destination; it may have been removed.';
comment on column tocsin_internal.attempt.at
is 'When the relay reported it.';
comment on column tocsin_internal.attempt.relay_id
is 'The relay.';
comment on column tocsin_internal.attempt.took_ms
is 'How long it took, in ms.';
comment on column tocsin_internal.attempt.status
is 'Status of HTTP, or exit status; null: there was no answer.';
comment on column tocsin_internal.attempt.verdict
is 'What it means.';
comment on column tocsin_internal.attempt.error
is 'Why it failed; null if it did not.';
comment on column tocsin_internal.attempt.excerpt
is 'The beginning of the answer.';
comment on column tocsin_internal.attempt.delivery_count
is 'How many deliveries the message carried.';

create table tocsin_internal.relay (
    relay_id    uuid        not null,
    host        text        not null,
    pid         integer     not null,
    version     text        not null,
    started_at  timestamptz not null,
    seen_at     timestamptz not null,
    left_at     timestamptz,

    constraint relay_pkey primary key (relay_id)
);
comment on table tocsin_internal.relay
is 'Relays that were seen in the last day.';
comment on column tocsin_internal.relay.relay_id
is 'Id of the process.';
comment on column tocsin_internal.relay.host
is 'Name of its host.';
comment on column tocsin_internal.relay.pid
is 'Number of the process there.';
comment on column tocsin_internal.relay.version
is 'Its version.';
comment on column tocsin_internal.relay.started_at
is 'When it said hello.';
comment on column tocsin_internal.relay.seen_at
is 'When it last called.';
comment on column tocsin_internal.relay.left_at
is 'When it said goodbye; null: it did not.';

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
is 'Id of the message, for relay_done; another at each try.';
comment on column tocsin_api.job.destination_id
is 'The destination.';
comment on column tocsin_api.job.kind
is 'webhook, mail or command.';
comment on column tocsin_api.job.address
is 'URL, mail addresses or name of a command; {{secret.NAME}} stands for a'
    ' secret of the relay''s host.';
comment on column tocsin_api.job.headers
is 'Headers of the request, name to value; values may name secrets.';
comment on column tocsin_api.job.content_type
is 'Content type of the body; null for mail.';
comment on column tocsin_api.job.body
is 'Body of the request or mail, or standard input of the command.';
comment on column tocsin_api.job.secret_paths
is 'JSON pointers to strings of the body that name a secret.';
comment on column tocsin_api.job.webhook_id
is 'The same at each try; null: the message is not signed and carries no id.';
comment on column tocsin_api.job.hops
is 'How many installations of tocsin the alert will have passed; null for'
    ' people.';
comment on column tocsin_api.job.secrets
is 'Keys to sign with, in hex, the new one first.';
comment on column tocsin_api.job.timeout_ms
is 'Longest time for a request, in ms.';
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
is 'What is told; of many, the first.';
comment on column tocsin_api.job.notice_id
is 'Id under which it is told; of many, the first.';
comment on column tocsin_api.job.alert_id
is 'The alert; null: a test, or several.';
comment on column tocsin_api.job.delivery_count
is 'How many deliveries the message carries.';

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
is 'people: one message carries all that waits; machines: one each.';
comment on column tocsin_api.destination_info.address
is 'Scheme and host of a URL; mail addresses; or name of a command.';
comment on column tocsin_api.destination_info.is_signed
is 'True if its messages are signed.';
comment on column tocsin_api.destination_info.enabled
is 'False: what is due waits.';
comment on column tocsin_api.destination_info.disabled_reason
is 'Why tocsin disabled it; null if it did not.';
comment on column tocsin_api.destination_info.fallback
is 'Destination to tell while it is broken; null: none.';
comment on column tocsin_api.destination_info.fallback_after_seconds
is 'How long it must be broken.';
comment on column tocsin_api.destination_info.hours
is 'Its hours, weekdays and zone; null: always.';
comment on column tocsin_api.destination_info.hours_urgency
is 'Lowest urgency that is told outside its hours.';
comment on column tocsin_api.destination_info.gap_seconds
is 'Shortest time between messages to people.';
comment on column tocsin_api.destination_info.gap_max_seconds
is 'What it grows to.';
comment on column tocsin_api.destination_info.per_hour
is 'Most messages tried in an hour; null: any number.';
comment on column tocsin_api.destination_info.in_flight_max
is 'Most messages to it at a time.';
comment on column tocsin_api.destination_info.timeout_ms
is 'Longest time for a request.';
comment on column tocsin_api.destination_info.give_up_after_seconds
is 'How long a delivery is tried.';
comment on column tocsin_api.destination_info.forget_resolved
is 'True: what was resolved before it was told is not told.';
comment on column tocsin_api.destination_info.created_at
is 'When it was created.';
comment on column tocsin_api.destination_info.waiting_count
is 'Deliveries that wait or are under way.';
comment on column tocsin_api.destination_info.broken_since
is 'Since when it is broken; null: it works.';
comment on column tocsin_api.destination_info.last_sent_at
is 'When a message last arrived.';
comment on column tocsin_api.destination_info.last_error
is 'Why the last failure was one.';
comment on column tocsin_api.destination_info.last_error_at
is 'When that was.';
comment on column tocsin_api.destination_info.held_by
is 'Why nothing is sent at the moment: see tocsin_internal.held_by.';
comment on column tocsin_api.destination_info.secret
is 'Its new signing secret; only when it was made, null else.';

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
    steps                   jsonb
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
is 'True: routes behind it are also looked at.';
comment on column tocsin_api.route_info.enabled
is 'False: it matches nothing.';
comment on column tocsin_api.route_info.steps
is 'Array of objects: to, after_seconds, until, repeat_seconds,'
    ' repeat_max, tell_acknowledged, tell_resolved.';

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
is 'Whom the step tells.';
comment on column tocsin_api.explanation.after_seconds
is 'How long after the alert was created.';
comment on column tocsin_api.explanation.until
is 'Status from which it is not told.';
comment on column tocsin_api.explanation.due_at
is 'When the step is due; null: not any more, or the alert is none.';

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
is 'What is told.';
comment on column tocsin_api.delivery_info.notice_id
is 'Id under which it is told.';
comment on column tocsin_api.delivery_info.urgency
is 'Urgency of the alert.';
comment on column tocsin_api.delivery_info.status
is 'due, sending, sent, dead or cancelled.';
comment on column tocsin_api.delivery_info.waiting_for
is 'What it waits for: see the view deliveries.';
comment on column tocsin_api.delivery_info.reason
is 'Why the last try failed, or why it is dead or cancelled.';
comment on column tocsin_api.delivery_info.attempts
is 'How many times it was tried.';
comment on column tocsin_api.delivery_info.created_at
is 'When it became due to be told.';
comment on column tocsin_api.delivery_info.due_at
is 'When to try next.';
comment on column tocsin_api.delivery_info.expires_at
is 'When to give up.';
comment on column tocsin_api.delivery_info.sent_at
is 'When it last arrived.';
comment on column tocsin_api.delivery_info.last_status
is 'Status of the last answer.';
comment on column tocsin_api.delivery_info.took_ms
is 'How long that took.';
comment on column tocsin_api.delivery_info.excerpt
is 'The beginning of the last answer.';

-- It has one parameter more.
drop function if exists tocsin_api.maintain(interval, interval, integer);
