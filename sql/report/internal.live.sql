-- SPDX-License-Identifier: ISC
--
-- For other views and functions, not for people: it reads every live alert
-- once, whereas counting for each integration apart would read their pages
-- again and again.

create or replace view tocsin_internal.live as
select a.integration_id,
       count(*) filter (where a.acknowledged_at is null) as open_count,
       count(a.acknowledged_at) as acknowledged_count,
       min(a.created_at) filter (where a.acknowledged_at is null)
           as oldest_open_at
  from tocsin_internal.alert a
 where a.resolved_at is null
 group by a.integration_id;

comment on view tocsin_internal.live
is 'How many live alerts an integration has, of those that have any.';
comment on column tocsin_internal.live.integration_id
is 'The integration.';
comment on column tocsin_internal.live.open_count
is 'Alerts nobody has acknowledged.';
comment on column tocsin_internal.live.acknowledged_count
is 'Alerts acknowledged and not yet resolved.';
comment on column tocsin_internal.live.oldest_open_at
is 'When the oldest alert was opened that nobody has acknowledged.';
