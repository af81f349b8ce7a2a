-- SPDX-License-Identifier: ISC
--
-- Internal to other views and functions.  Reads every live alert once;
-- counting for each integration separately would read the same pages many
-- times.

create or replace view tocsin_internal.live as
select a.integration_id,
       count(*) filter (where a.acknowledged_at is null) as open_count,
       count(a.acknowledged_at) as acknowledged_count,
       min(a.created_at) filter (where a.acknowledged_at is null)
           as oldest_open_at,
       max(a.last_event_at) as last_event_at
  from tocsin_internal.alert a
 where a.resolved_at is null
 group by a.integration_id;

comment on view tocsin_internal.live
is 'Number of live alerts of each integration that has any.';
comment on column tocsin_internal.live.integration_id
is 'The integration.';
comment on column tocsin_internal.live.open_count
is 'Live alerts that are not acknowledged.';
comment on column tocsin_internal.live.acknowledged_count
is 'Live alerts that are acknowledged.';
comment on column tocsin_internal.live.oldest_open_at
is 'When the oldest unacknowledged live alert was opened.';
comment on column tocsin_internal.live.last_event_at
is 'When an event last changed or repeated a live alert.';
