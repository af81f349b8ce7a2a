-- SPDX-License-Identifier: ISC
--
-- For other views, not for people.

create or replace view tocsin_internal.reach as
select least((select min(a.created_at) from tocsin_internal.alert a),
             (select min(e.received_at) from tocsin_internal.event e))
           as first_at,
       greatest((select max(a.created_at) from tocsin_internal.alert a),
                (select max(e.received_at) from tocsin_internal.event e))
           as last_at;

comment on view tocsin_internal.reach
is 'From when to when there is history.';
comment on column tocsin_internal.reach.first_at
is 'The first alert or event; null when there is none.';
comment on column tocsin_internal.reach.last_at
is 'The last alert or event; null when there is none.';
