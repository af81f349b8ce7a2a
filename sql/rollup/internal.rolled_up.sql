-- SPDX-License-Identifier: ISC
--
-- Internal to other views and functions.

create or replace view tocsin_internal.rolled_up as
select (select s.value::timestamp at time zone 'UTC'
          from tocsin_internal.setting s
         where s.name = 'rolled_up_until') as until;

comment on view tocsin_internal.rolled_up
is 'One row: which days the table rollup covers.';
comment on column tocsin_internal.rolled_up.until
is 'All days before this one, which is not; null if there are none.';
