-- SPDX-License-Identifier: ISC
--
-- The first four columns have the names that Grafana expects.

create or replace view tocsin.annotations as
select a.created_at as time,
       a.resolved_at as timeend,
       a.title::text as text,
       concat_ws(',', i.name, a.urgency::text,
           a.incident_severity::text,
           nullif(array_to_string(a.tags, ','), '')) as tags,
       a.alert_id,
       a.integration_id,
       i.name as integration_name
  from tocsin_internal.alert a
  left join tocsin_internal.integration i using (integration_id);

comment on view tocsin.annotations
is 'One row per alert, in the columns of a Grafana annotation.';
comment on column tocsin.annotations.time is 'When it was opened.';
comment on column tocsin.annotations.timeend
is 'When it was resolved; null while live.';
comment on column tocsin.annotations.text is 'Title.';
comment on column tocsin.annotations.tags
is 'Integration, urgency, severity and tags, separated by commas.';
comment on column tocsin.annotations.alert_id is 'The alert.';
comment on column tocsin.annotations.integration_id
is 'Id of the integration.';
comment on column tocsin.annotations.integration_name
is 'Name of the integration.';
