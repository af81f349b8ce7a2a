-- SPDX-License-Identifier: ISC
-- What dashboards, retention and demonstration need.  Applied once by
-- install.sql.

-- ----------------------------------------------------------------------
-- Switches
-- ----------------------------------------------------------------------

create table tocsin_internal.setting (
    name    text collate "C" not null,
    value   text        not null,

    constraint setting_pkey primary key (name)
);
comment on table tocsin_internal.setting
is 'What the owner has decided of this installation; no secret of a sender.';
comment on column tocsin_internal.setting.name
is 'What is decided.';
comment on column tocsin_internal.setting.value
is 'How; on or off of what tocsin_api.setting_set sets.';

insert into tocsin_internal.setting (name, value)
values
    ('board', 'off'),
    ('notify', 'on');

-- ----------------------------------------------------------------------
-- Demonstration
-- ----------------------------------------------------------------------

alter table tocsin_internal.integration
    add column is_demo boolean not null default false;
comment on column tocsin_internal.integration.is_demo
is 'Made by tocsin_api.demo_data and removed by demo_remove, with all in it.';

-- ----------------------------------------------------------------------
-- Alerts of one integration
-- ----------------------------------------------------------------------

-- The partial indexes by integration are of no use to a query that wants
-- its alerts whatever their status.  An index of its own would cost every
-- create and every resolve an entry more; with a second column the index of
-- times finds them without going to the table, and costs nothing to speak of.
drop index tocsin_internal.alert_created_at_idx;
create index alert_created_at_idx
    on tocsin_internal.alert (created_at, integration_id);
comment on index tocsin_internal.alert_created_at_idx
is 'Time ranges of dashboards, and the alerts of one integration.';

-- ----------------------------------------------------------------------
-- Row types of the API
-- ----------------------------------------------------------------------

create type tocsin_api.live_count as (
    integration_id      text,
    integration_name    text,
    status              text,
    alert_count         bigint
);
comment on type tocsin_api.live_count
is 'How many live alerts of one status an integration has.';
comment on column tocsin_api.live_count.integration_id
is 'The id in the URL.';
comment on column tocsin_api.live_count.integration_name
is 'What people call it.';
comment on column tocsin_api.live_count.status
is 'open or acknowledged.';
comment on column tocsin_api.live_count.alert_count
is 'Alerts of this status now; 0 is said, too.';

create type tocsin_api.maintenance as (
    action      text,
    target      text,
    row_count   bigint
);
comment on type tocsin_api.maintenance
is 'What one step of tocsin_api.maintain did.';
comment on column tocsin_api.maintenance.action
is 'made, dropped, deleted, blocked (try again) or finished.';
comment on column tocsin_api.maintenance.target
is 'The table it was done to; null when finished.';
comment on column tocsin_api.maintenance.row_count
is 'Rows that were deleted, or partitions that were made.';

create type tocsin_api.demo_summary as (
    integration_count   bigint,
    alert_count         bigint,
    event_count         bigint
);
comment on type tocsin_api.demo_summary
is 'How much was made or removed for demonstration.';
comment on column tocsin_api.demo_summary.integration_count
is 'Integrations.';
comment on column tocsin_api.demo_summary.alert_count
is 'Alerts.';
comment on column tocsin_api.demo_summary.event_count
is 'Events in the log.';

-- One thing that goes wrong in the demonstration, and what becomes of it.
create type tocsin_internal.demo_trouble as (
    profile             text,
    key                 text,
    subject             text,
    at                  timestamptz,
    acknowledged_at     timestamptz,
    resolved_at         timestamptz,
    repeats             integer,
    incident_severity   text
);
comment on type tocsin_internal.demo_trouble
is 'One thing that goes wrong in the demonstration.';
comment on column tocsin_internal.demo_trouble.profile
is 'Name of the integration it is told through.';
comment on column tocsin_internal.demo_trouble.key
is 'What makes it different from all others, for demo_random.';
comment on column tocsin_internal.demo_trouble.subject
is 'What it is about: a host, a site, a queue.';
comment on column tocsin_internal.demo_trouble.at
is 'When it begins.';
comment on column tocsin_internal.demo_trouble.acknowledged_at
is 'When somebody acknowledges it; null: nobody does.';
comment on column tocsin_internal.demo_trouble.resolved_at
is 'When it is over; null: it goes on.';
comment on column tocsin_internal.demo_trouble.repeats
is 'How often it is told again.';
comment on column tocsin_internal.demo_trouble.incident_severity
is 'How severe an incident it is; null: it is none.';

-- ----------------------------------------------------------------------
-- Functions that have gone
-- ----------------------------------------------------------------------

drop function if exists tocsin_internal.apply_events(
    uuid[], timestamptz[], text[], text[], bytea[], text[], text[], text[],
    text[], text[], text[], text[], jsonb[], boolean[], text[], text[],
    jsonb[], text[], text[], text[], integer[], integer);
drop function if exists tocsin_internal.plan_for_growth();
