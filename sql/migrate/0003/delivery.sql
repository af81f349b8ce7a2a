-- SPDX-License-Identifier: ISC
-- Part of outgoing.sql: deliveries, and the relays that send them.

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
    removed_kind    tocsin_internal.destination_kind,

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
        check (state not in ('dead', 'cancelled') or reason is not null),
    constraint nothing_waits_for_what_was_removed
        check (removed_kind is null or state <> 'due')
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 500);
create unique index delivery_once_idx
    on tocsin_internal.delivery (destination_id, notice_id)
    where notice <> 'test';
-- Partial, so that they do not contain finished rows.  Some conditions say the
-- state in other words, as do the queries that need these indexes: a plan made
-- while nothing waits may choose any index that its condition allows, and reads
-- all of the wrong one from then on.
create index delivery_due_idx
    on tocsin_internal.delivery (destination_id, due_at, delivery_id)
    where state = 'due';
create index delivery_expires_at_idx
    on tocsin_internal.delivery (expires_at)
    where array[state] = '{due}';
create index delivery_waiting_idx
    on tocsin_internal.delivery (destination_id, alert_id, delivery_id)
    where array[state] <@ '{due, sending}';
create index delivery_sending_idx
    on tocsin_internal.delivery (destination_id, leased_until)
    where state = 'sending';
create index delivery_message_id_idx
    on tocsin_internal.delivery (message_id)
    where leased_by is not null;
create index delivery_dead_idx
    on tocsin_internal.delivery (due_at)
    where state = 'dead';
create index delivery_removed_idx
    on tocsin_internal.delivery (leased_until)
    where removed_kind is not null;
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
is 'What it tells of the alert.';
comment on column tocsin_internal.delivery.notice_id
is 'Id that receivers see, the same at each attempt: the id of the event of the'
    ' transition, or else one of its own.';
comment on column tocsin_internal.delivery.urgency
is 'Urgency of the alert.';
comment on column tocsin_internal.delivery.tell_acknowledged
is 'True: the destination is also told when the alert is acknowledged.';
comment on column tocsin_internal.delivery.tell_resolved
is 'True: the destination is also told when the alert is resolved.';
comment on column tocsin_internal.delivery.state
is 'due, sending, sent, dead or cancelled.';
comment on column tocsin_internal.delivery.reason
is 'Why the last attempt failed, or why it is dead or cancelled.';
comment on column tocsin_internal.delivery.created_at
is 'When it was created.';
comment on column tocsin_internal.delivery.due_at
is 'Next attempt; if dead, the time of the last attempt or of giving up.';
comment on column tocsin_internal.delivery.expires_at
is 'When to give up.';
comment on column tocsin_internal.delivery.attempts
is 'Number of attempts.';
comment on column tocsin_internal.delivery.message_id
is 'The message that last carried it.';
comment on column tocsin_internal.delivery.leased_by
is 'The relay that sends it; null unless sending.';
comment on column tocsin_internal.delivery.leased_until
is 'When it is due again if the relay does not report it.';
comment on column tocsin_internal.delivery.sent_at
is 'When it last arrived.';
comment on column tocsin_internal.delivery.removed_kind
is 'Kind of the destination if it was removed while a relay was sending this;'
    ' null: it was not.';
comment on index tocsin_internal.delivery_once_idx
is 'A destination has one delivery of a notice.';

create table tocsin_internal.delivery_step (
    from_state  tocsin_internal.delivery_state not null,
    move        tocsin_internal.delivery_move not null,
    to_state    tocsin_internal.delivery_state not null,

    constraint delivery_step_pkey primary key (from_state, move)
);
comment on table tocsin_internal.delivery_step
is 'Life cycle of a delivery: the allowed changes of its state.';
comment on column tocsin_internal.delivery_step.from_state
is 'State before.';
comment on column tocsin_internal.delivery_step.move
is 'What changes the state.';
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
    ('sending',   'cancel',  'cancelled'),
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
is 'What the answer of a destination means.  Of several matching rows, the one'
    ' with the narrowest range counts; without one, retry.';
comment on column tocsin_internal.answer.by_exit
is 'True: exit status of a program, for mail and commands; false: HTTP status.';
comment on column tocsin_internal.answer.status_min
is 'First status.';
comment on column tocsin_internal.answer.status_max
is 'Last status.';
comment on column tocsin_internal.answer.says_when
is 'True: only if the answer says when to retry.';
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
    -- From sysexits.h: EX_USAGE, EX_DATAERR and EX_NOUSER.
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
create index attempt_at_idx
    on tocsin_internal.attempt (at);
comment on table tocsin_internal.attempt
is 'One attempt to send a message.';
comment on column tocsin_internal.attempt.message_id
is 'Id of the message, new for each attempt.';
comment on column tocsin_internal.attempt.destination_id
is 'The destination; it may have been removed.';
comment on column tocsin_internal.attempt.at
is 'When the relay reported it.';
comment on column tocsin_internal.attempt.relay_id
is 'The relay.';
comment on column tocsin_internal.attempt.took_ms
is 'How long it took, in ms.';
comment on column tocsin_internal.attempt.status
is 'HTTP status, or exit status; null: no answer.';
comment on column tocsin_internal.attempt.verdict
is 'What it means.';
comment on column tocsin_internal.attempt.error
is 'Why it failed; null if it did not.';
comment on column tocsin_internal.attempt.excerpt
is 'The beginning of the answer.';
comment on column tocsin_internal.attempt.delivery_count
is 'Number of deliveries in the message.';

create table tocsin_internal.relay (
    relay_id    uuid        not null,
    host        text        not null,
    pid         integer     not null,
    version     text        not null,
    started_at  timestamptz not null,
    seen_at     timestamptz not null,
    left_at     timestamptz,
    clock_ahead interval    not null,

    constraint relay_pkey primary key (relay_id)
);
comment on table tocsin_internal.relay
is 'Relays that were seen in the last day.';
comment on column tocsin_internal.relay.relay_id
is 'Id of the process.';
comment on column tocsin_internal.relay.host
is 'Name of its host.';
comment on column tocsin_internal.relay.pid
is 'Its process id there.';
comment on column tocsin_internal.relay.version
is 'Its version.';
comment on column tocsin_internal.relay.started_at
is 'When it first called relay_hello.';
comment on column tocsin_internal.relay.seen_at
is 'When it last called.';
comment on column tocsin_internal.relay.left_at
is 'When it called relay_bye; null: it did not.';
comment on column tocsin_internal.relay.clock_ahead
is 'How far its clock was ahead of the database''s when it last called'
    ' relay_hello; negative: behind.';
