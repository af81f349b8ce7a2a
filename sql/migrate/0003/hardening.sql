-- SPDX-License-Identifier: ISC
-- What attack, neglect and long histories showed to be missing.  Applied
-- once by install.sql.

-- ----------------------------------------------------------------------
-- Vacuum
-- ----------------------------------------------------------------------

-- Every acknowledge and resolve leaves a dead row version.  At the default
-- of 20 %, counting live alerts among a long history slows down fourfold
-- before vacuum comes.
alter table tocsin_internal.alert set (autovacuum_vacuum_scale_factor = 0.02);

-- ----------------------------------------------------------------------
-- Times
-- ----------------------------------------------------------------------

-- Nothing can be computed from a time without end, and one that cannot be
-- read would keep the responder from every integration.
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
-- What the guards keep, and what they do not
-- ----------------------------------------------------------------------

-- These looked at a row before it was written, and others look later.
drop trigger if exists alert_10_guard_insert on tocsin_internal.alert;
drop trigger if exists alert_10_guard_update on tocsin_internal.alert;
drop trigger if exists alert_10_guard_delete on tocsin_internal.alert;

comment on table tocsin_internal.alert
is 'One alert; its status moves only as tocsin_internal.transition allows,'
    ' and what is over stays, whoever writes.  Not kept from its owner:'
    ' deleting resolved alerts, titles and texts, triggers off.';
comment on table tocsin_internal.event
is 'Every event that was accepted, in one row that never changes and that'
    ' only retention removes, whoever writes.  Not kept from its owner:'
    ' inserts by hand, partitions dropped or detached, triggers off.';

-- ----------------------------------------------------------------------
-- Which database this is
-- ----------------------------------------------------------------------

insert into tocsin_internal.setting (name, value)
values ('installation', gen_random_uuid()::text);

-- ----------------------------------------------------------------------
-- Since when a sender has no right
-- ----------------------------------------------------------------------

-- What waits in a spool was let in by a copy of the integrations, which may
-- be older than the last change of a token: whoever stores it later must
-- know what was good when it was received.
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
is 'Tokens that an integration had once, and until when they were good.';
comment on column tocsin_internal.retired_token.integration_id
is 'The integration that had it.';
comment on column tocsin_internal.retired_token.token_hash
is 'SHA-256 of the token; empty: none was asked for.';
comment on column tocsin_internal.retired_token.retired_at
is 'What was received from then on is not stored; may be still to come.';

insert into tocsin_internal.retired_token
    (integration_id, token_hash, retired_at)
select integration_id, previous_token_hash, previous_token_expires_at
  from tocsin_internal.integration
 where previous_token_hash is not null;

alter table tocsin_internal.integration
    add column disabled_at timestamptz;
comment on column tocsin_internal.integration.disabled_at
is 'Since when it is disabled; null: it is not.';
update tocsin_internal.integration
   set disabled_at = now()
 where not enabled;
alter table tocsin_internal.integration
    add constraint disabled_has_a_time
        check (enabled = (disabled_at is null));

-- ----------------------------------------------------------------------
-- The responder's copy of the integrations
-- ----------------------------------------------------------------------

-- Text and numbers whose form no setting of a session, a role or a database
-- changes: bytea and timestamptz have one that does.
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
is 'What the responder must know to admit events while the database is away.';
comment on column tocsin_api.admission_entry.integration_id
is 'The id in the URL.';
comment on column tocsin_api.admission_entry.enabled
is 'False: its webhooks are refused.';
comment on column tocsin_api.admission_entry.token_hash
is 'SHA-256 of the token in hexadecimal; null: none is asked for.';
comment on column tocsin_api.admission_entry.previous_token_hash
is 'The same of the token before the last rotation.';
comment on column tocsin_api.admission_entry.previous_token_expires_us
is 'Until when that is still good, in microseconds since 1970.';

-- ----------------------------------------------------------------------
-- Maintenance
-- ----------------------------------------------------------------------

comment on column tocsin_api.maintenance.action
is 'made, prepared, dropped, deleted, blocked (try again) or finished.';

-- ----------------------------------------------------------------------
-- An event on its way in
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
is 'An event as the responder gives it to ingest.';
comment on column tocsin_api.event_in.event_id
is 'UUIDv7, the same at every try.';
comment on column tocsin_api.event_in.received_at
is 'When the responder received it, by the responder''s clock.';
comment on column tocsin_api.event_in.source
is 'webhook, spool, operator or board; see judge_sender.';
comment on column tocsin_api.event_in.integration_id
is 'The id in the URL.';
comment on column tocsin_api.event_in.token_hash
is 'SHA-256 of the token sent; null: none was sent.';
comment on column tocsin_api.event_in.event_type
is 'create, acknowledge or resolve.';
comment on column tocsin_api.event_in.external_id
is 'The sender''s Id.';
comment on column tocsin_api.event_in.title
is 'Title; null on acknowledge and resolve, like all that follow, up to flags.';
comment on column tocsin_api.event_in.description
is 'Description.';
comment on column tocsin_api.event_in.urgency
is 'Urgency; null: the integration''s default.';
comment on column tocsin_api.event_in.tags
is 'Tags, as an array literal.';
comment on column tocsin_api.event_in.dedup_keys
is 'dedup_keys, as an array literal.';
comment on column tocsin_api.event_in.meta
is 'Meta, less its incident members.';
comment on column tocsin_api.event_in.incident
is 'Meta.incident.';
comment on column tocsin_api.event_in.incident_severity
is 'Meta.incident_severity.';
comment on column tocsin_api.event_in.incident_message
is 'Meta.incident_message.';
comment on column tocsin_api.event_in.additional_data
is 'Members that the protocol does not name.';
comment on column tocsin_api.event_in.flags
is 'What was changed on the way in, as an array literal.';
comment on column tocsin_api.event_in.request_id
is 'Id that the sender or the web server gave the request.';
comment on column tocsin_api.event_in.remote_addr
is 'Address of the sender as the web server saw it.';

-- ----------------------------------------------------------------------
-- Functions that have gone, or take other arguments
-- ----------------------------------------------------------------------

drop function if exists
    tocsin_api.ingest, tocsin_internal.prepare_batch,
    tocsin_internal.lock_keys, tocsin_internal.pass_known,
    tocsin_internal.recall_receipts, tocsin_internal.apply_round,
    tocsin_internal.apply_set, tocsin_internal.apply_event,
    tocsin_internal.judge_events, tocsin_internal.judge_event,
    tocsin_internal.judge_sender, tocsin_internal.make_event_partitions;
