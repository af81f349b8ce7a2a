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
-- Functions that have gone
-- ----------------------------------------------------------------------

drop function if exists tocsin_internal.prepare_batch(
    integer[], text[], text[]);
drop function if exists tocsin_internal.judge_sender(
    tocsin_internal.integration, tocsin_internal.source, bytea);
drop function if exists tocsin_internal.judge_event(
    uuid, text, text, bytea, text, text, jsonb);
drop function if exists tocsin_internal.make_event_partitions(integer);
