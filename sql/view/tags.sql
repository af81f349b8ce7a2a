-- SPDX-License-Identifier: ISC

create or replace view tocsin.tags as
select a.alert_id,
       t.tag,
       a.status::text as status,
       a.created_at,
       a.integration_id,
       i.name as integration_name
  from tocsin_internal.alert a
  left join tocsin_internal.integration i using (integration_id)
 cross join lateral unnest(a.tags) as t(tag);

comment on view tocsin.tags
is 'One row per alert and tag, so that queries need no unnest.';
comment on column tocsin.tags.alert_id is 'The alert.';
comment on column tocsin.tags.tag is 'The tag.';
comment on column tocsin.tags.status
is 'Status of the alert: open, acknowledged or resolved.';
comment on column tocsin.tags.created_at is 'When the alert was opened.';
comment on column tocsin.tags.integration_id
is 'Id of the integration.';
comment on column tocsin.tags.integration_name is 'Name of the integration.';
