-- SPDX-License-Identifier: ISC
-- Heartbeats, and the work that is due at a time.  Applied once by
-- install.sql.

-- PostgreSQL allows no literal of a new label in the transaction that adds it,
-- so no view and no function in SQL may contain one.
alter type tocsin_internal.source add value if not exists 'timer';
comment on column tocsin_internal.event.source
is 'webhook, spool (kept while the database was unavailable), operator,'
    ' board, or timer (of tick).';
comment on column tocsin_api.event_in.source
is 'webhook, spool, operator, board or timer; see judge_sender.';
-- Partitions copy comments only when they are created.
do $$
declare
    _partition  regclass;
begin
    for _partition in
        select inhrelid
          from pg_inherits
         where inhparent = 'tocsin_internal.event'::regclass
           and inhrelid <> 'tocsin_internal.event_default'::regclass
    loop
        execute format('comment on column %s.source is %L', _partition,
            col_description('tocsin_internal.event'::regclass, (
                select attnum from pg_attribute
                 where attrelid = 'tocsin_internal.event'::regclass
                   and attname = 'source')));
    end loop;
end;
$$;

-- ----------------------------------------------------------------------
-- Tick
-- ----------------------------------------------------------------------

create table tocsin_internal.ticker (
    is_only         boolean     not null default true,
    ticked_at       timestamptz,
    next_at         timestamptz,
    failed_at       timestamptz,
    failure         text,

    constraint ticker_pkey primary key (is_only),
    constraint ticker_has_one_row check (is_only)
);
insert into tocsin_internal.ticker default values;
comment on table tocsin_internal.ticker
is 'One row: the state of tick.';
comment on column tocsin_internal.ticker.is_only
is 'True: there is no second row.';
comment on column tocsin_internal.ticker.ticked_at
is 'When tick last ran; null: never.';
comment on column tocsin_internal.ticker.next_at
is 'When, as that run found, work is due next; null: nothing is.';
comment on column tocsin_internal.ticker.failed_at
is 'When a part of it last failed; null: never.';
comment on column tocsin_internal.ticker.failure
is 'The part that failed, the SQLSTATE and the message.';

create type tocsin_api.tick_result as (
    done        integer,
    busy        boolean,
    next_at     timestamptz
);
comment on type tocsin_api.tick_result
is 'What a call of tick has done.';
comment on column tocsin_api.tick_result.done
is 'Number of rows that were processed.';
comment on column tocsin_api.tick_result.busy
is 'True if nothing was done because another session is in tick.';
comment on column tocsin_api.tick_result.next_at
is 'When work is due next; null: nothing is, or nothing was done.';

-- ----------------------------------------------------------------------
-- Heartbeats
-- ----------------------------------------------------------------------

create table tocsin_internal.heartbeat (
    integration_id  text collate "C" not null,
    name            text collate "C" not null,
    heard_by        text        not null default 'ping',
    heard_id        text collate "C",
    period          interval    not null,
    grace           interval    not null,
    waits           boolean     not null default false,
    urgency         tocsin_internal.urgency not null default 'high',
    tags            text[]      not null default '{}',
    created_at      timestamptz not null,
    armed_at        timestamptz not null,
    paused_at       timestamptz,
    heard_at        timestamptz,
    late_since      timestamptz,
    look_at         timestamptz not null,

    constraint heartbeat_pkey primary key (integration_id, name),
    constraint heartbeat_integration_id_fkey foreign key (integration_id)
        references tocsin_internal.integration
        on update cascade on delete cascade,
    constraint name_is_fit_for_a_url
        check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    constraint heard_by_is_known
        check (heard_by in ('ping', 'id', 'any')),
    constraint heard_id_is_foreign
        check ((heard_by = 'id') = (heard_id is not null)
               and octet_length(heard_id) between 1 and 1024
               and heard_id not like 'heartbeat/%'),
    -- In hours, since days and months have no fixed length.
    constraint period_and_grace_are_in_seconds
        check (extract(month from period) = 0
               and extract(year from period) = 0
               and extract(day from period) = 0
               and extract(month from grace) = 0
               and extract(year from grace) = 0
               and extract(day from grace) = 0),
    constraint period_and_grace_are_10_seconds_to_400_days
        check (period >= '10 seconds' and period <= '9600 hours'
               and grace >= '10 seconds' and grace <= '9600 hours'),
    constraint times_are_finite
        check (isfinite(created_at) and isfinite(armed_at)
               and isfinite(paused_at) and isfinite(heard_at)
               and isfinite(late_since) and isfinite(look_at)),
    constraint paused_is_not_late
        check (paused_at is null or late_since is null)
);
create index heartbeat_look_at_idx
    on tocsin_internal.heartbeat (look_at)
    where paused_at is null;
comment on table tocsin_internal.heartbeat
is 'What must be heard regularly; otherwise tick creates an alert with the Id'
    ' heartbeat/NAME.  A ping does not write to this table.';
comment on column tocsin_internal.heartbeat.integration_id
is 'The integration whose events are its pings.';
comment on column tocsin_internal.heartbeat.name
is 'Its name, unique in the integration.';
comment on column tocsin_internal.heartbeat.heard_by
is 'Which events count.  ping: resolves of heartbeat/NAME; id: all events with'
    ' heard_id; any: all of the integration.  Events of tick never count.';
comment on column tocsin_internal.heartbeat.heard_id
is 'The Id of the events that count; null unless heard_by is id.';
comment on column tocsin_internal.heartbeat.period
is 'Longest expected time between two pings.';
comment on column tocsin_internal.heartbeat.grace
is 'Time after the period before it is late.';
comment on column tocsin_internal.heartbeat.waits
is 'True: it cannot be late before it was heard once.';
comment on column tocsin_internal.heartbeat.urgency
is 'Urgency of its alerts.';
comment on column tocsin_internal.heartbeat.tags
is 'Tags of its alerts.';
comment on column tocsin_internal.heartbeat.created_at
is 'When it was created.';
comment on column tocsin_internal.heartbeat.armed_at
is 'When it was created or last resumed: earlier events do not count.';
comment on column tocsin_internal.heartbeat.paused_at
is 'Since when it is paused; null if it is not.';
comment on column tocsin_internal.heartbeat.heard_at
is 'When it was last heard, as tick last saw; see tocsin_internal.heard.';
comment on column tocsin_internal.heartbeat.late_since
is 'The deadline that it missed, once tick has created the alert; null if it is'
    ' not late.';
comment on column tocsin_internal.heartbeat.look_at
is 'When tick looks at it next.';
comment on index tocsin_internal.heartbeat_look_at_idx
is 'For tick, to find the heartbeats that are due.';

create type tocsin_api.heartbeat_info as (
    integration_id      text,
    integration_name    text,
    has_token           boolean,
    name                text,
    status              text,
    heard_by            text,
    heard_id            text,
    every               text,
    grace               text,
    period_seconds      bigint,
    grace_seconds       bigint,
    urgency             text,
    tags                text,
    created_at          timestamptz,
    heard_at            timestamptz,
    due_at              timestamptz,
    paused_at           timestamptz
);
comment on type tocsin_api.heartbeat_info
is 'One heartbeat, for the operator.';
comment on column tocsin_api.heartbeat_info.integration_id
is 'The integration whose events are its pings.';
comment on column tocsin_api.heartbeat_info.integration_name
is 'Name of the integration.';
comment on column tocsin_api.heartbeat_info.has_token
is 'True if senders must send a token.';
comment on column tocsin_api.heartbeat_info.name
is 'Its name.';
comment on column tocsin_api.heartbeat_info.status
is 'new, up, grace, late or paused: see the view tocsin.heartbeats.';
comment on column tocsin_api.heartbeat_info.heard_by
is 'Which events count: ping, id or any.';
comment on column tocsin_api.heartbeat_info.heard_id
is 'Their Id; null unless heard_by is id.';
comment on column tocsin_api.heartbeat_info.every
is 'Its period, like 1d or 90s.';
comment on column tocsin_api.heartbeat_info.grace
is 'Its grace, like 1h.';
comment on column tocsin_api.heartbeat_info.period_seconds
is 'Its period in seconds.';
comment on column tocsin_api.heartbeat_info.grace_seconds
is 'Its grace in seconds.';
comment on column tocsin_api.heartbeat_info.urgency
is 'Urgency of its alerts.';
comment on column tocsin_api.heartbeat_info.tags
is 'Tags of its alerts, separated by commas; null: none.';
comment on column tocsin_api.heartbeat_info.created_at
is 'When it was created.';
comment on column tocsin_api.heartbeat_info.heard_at
is 'When it was last heard; null: not since it was created or resumed.';
comment on column tocsin_api.heartbeat_info.due_at
is 'Deadline of the next ping, or that it missed; null while it waits to be'
    ' heard first, or is paused.';
comment on column tocsin_api.heartbeat_info.paused_at
is 'Since when it is paused; null if it is not.';
