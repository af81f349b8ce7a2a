-- SPDX-License-Identifier: ISC

create or replace view tocsin.schema_info as
select m.version as schema_version,
       m.applied_at,
       (select s.value
          from tocsin_internal.setting s
         where s.name = 'software_version') as software_version
  from tocsin_internal.migration m
 order by m.version desc
 limit 1;

comment on view tocsin.schema_info
is 'One row: the installed version.  Views only ever gain columns at the end.';
comment on column tocsin.schema_info.schema_version
is 'Version of the schema.';
comment on column tocsin.schema_info.applied_at is 'When it was applied.';
comment on column tocsin.schema_info.software_version
is 'Release that installed it; null if not installed by tocsin init.';
