-- SPDX-License-Identifier: ISC
--
-- Aggregates count an alert at the time it was created, not when it was
-- acknowledged or resolved.

create or replace view tocsin.metric_definitions as
select m.name,
       m.label,
       m.unit,
       m.definition,
       m.counted_alerts
  from (values
        ('response_seconds', 'Response time', 's',
         'From the creation of an alert to its first acknowledgement; '
             || 'later ones do not count.',
         'acknowledged'),
        ('resolve_seconds', 'Resolve time', 's',
         'From the first acknowledgement of an alert to its resolution.',
         'acknowledged and resolved'),
        ('lifetime_seconds', 'Lifetime', 's',
         'From the creation of an alert to its resolution.',
         'resolved'),
        ('mtta_seconds', 'MTTA', 's',
         'Mean time to acknowledge: mean of response_seconds.',
         'acknowledged'),
        ('mtta_closed_seconds', 'MTTA of closed alerts', 's',
         'Mean of response_seconds, or of lifetime_seconds for an alert'
             || ' that was never acknowledged.',
         'resolved'),
        ('mttr_seconds', 'MTTR', 's',
         'Mean time to resolve: mean of lifetime_seconds.  Elsewhere'
             || ' R may stand for respond, repair or recover.',
         'resolved'),
        ('mtbf_seconds', 'MTBF', 's',
         'Mean time between failures: mean of since_previous_seconds, '
             || 'from the resolution of an alert to the next creation with the '
             || 'same Id and integration.  It describes a single source of '
             || 'alerts.',
         'created again after a resolution'),
        ('response_p50_seconds', 'Median response time', 's',
         'Half of the alerts had a response_seconds of this or less, '
             || 'interpolated.',
         'acknowledged'),
        ('response_p95_seconds', '95th percentile of response time', 's',
         '95 % of the alerts had a response_seconds of this or less, '
             || 'interpolated.',
         'acknowledged'),
        ('lifetime_p50_seconds', 'Median lifetime', 's',
         'Half of the alerts had a lifetime_seconds of this or less, '
             || 'interpolated.',
         'resolved'),
        ('lifetime_p95_seconds', '95th percentile of lifetime', 's',
         '95 % of the alerts had a lifetime_seconds of this or less, '
             || 'interpolated.',
         'resolved'),
        ('duplicate_count', 'Duplicates', 'n',
         'Create events whose Id already had a live alert.',
         'all'),
        ('noise_reduction_ratio', 'Noise reduction', '0..1',
         '1 - alerts / create events: the share of create events that'
             || ' opened no new alert.',
         'all'),
        ('auto_resolved', 'Resolved by itself', 'boolean',
         'Resolved without ever being acknowledged.',
         'resolved'))
       as m(name, label, unit, definition, counted_alerts);

comment on view tocsin.metric_definitions
is 'Definitions of the metrics; alerts count at the time they were created.';
comment on column tocsin.metric_definitions.name
is 'Name of the column that holds it.';
comment on column tocsin.metric_definitions.label is 'Display name.';
comment on column tocsin.metric_definitions.unit
is 's: seconds; n: a count; 0..1: a ratio; boolean: true or false.';
comment on column tocsin.metric_definitions.definition
is 'How it is measured.';
comment on column tocsin.metric_definitions.counted_alerts
is 'Which alerts it covers.';
