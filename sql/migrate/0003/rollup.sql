-- SPDX-License-Identifier: ISC
-- Stored figures of days that are over.  Applied once by install.sql.

create table tocsin_internal.rollup (
    unit                    text collate "C" not null,
    bucket_at               timestamptz not null,
    integration_id          text collate "C" not null,
    event_count             bigint      not null,
    created_count           bigint      not null,
    duplicate_count         bigint      not null,
    acknowledged_count      bigint      not null,
    resolved_count          bigint      not null,
    auto_resolved_count     bigint      not null,
    mtta_seconds            double precision,
    mtta_closed_seconds     double precision,
    mttr_seconds            double precision,
    response_p50_seconds    double precision,
    response_p95_seconds    double precision,
    lifetime_p50_seconds    double precision,
    lifetime_p95_seconds    double precision,
    mtbf_seconds            double precision,

    constraint rollup_pkey primary key (unit, bucket_at, integration_id)
);
comment on table tocsin_internal.rollup
is 'Stored rows of the views hourly and daily, of the days before the setting'
    ' rolled_up_until.  An hour or day of an integration that has no row then'
    ' had no alerts or events, unless stale_rollup has it.  Call mark_stale for'
    ' rows of alert and event that are inserted by hand into such days.';
comment on column tocsin_internal.rollup.unit is 'hour or day.';

-- Only inserted into by events, without a unique index, so that they wait
-- for nobody.
create table tocsin_internal.stale_rollup (
    unit            text collate "C" not null,
    bucket_at       timestamptz not null,
    integration_id  text collate "C" not null,
    marked_at       timestamptz not null
);
create index stale_rollup_idx
    on tocsin_internal.stale_rollup (unit, bucket_at, integration_id);
comment on table tocsin_internal.stale_rollup
is 'Hours and days of an integration of which something changed after they'
    ' were rolled up: views compute them.';
comment on column tocsin_internal.stale_rollup.unit is 'hour or day.';
comment on column tocsin_internal.stale_rollup.bucket_at
is 'Start of the hour or day, UTC.';
comment on column tocsin_internal.stale_rollup.integration_id
is 'The integration.';
comment on column tocsin_internal.stale_rollup.marked_at
is 'When it changed; infinity: it is computed forever.';
comment on index tocsin_internal.stale_rollup_idx
is 'Finds whether an hour or day is marked.';
