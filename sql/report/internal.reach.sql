-- SPDX-License-Identifier: ISC
--
-- Internal to other views.

create or replace view tocsin_internal.reach as
select least((select min(a.created_at) from tocsin_internal.alert a),
             (select min(e.received_at) from tocsin_internal.event e))
           as first_at,
       greatest((select max(a.created_at) from tocsin_internal.alert a),
                (select max(e.received_at) from tocsin_internal.event e))
           as last_at;

comment on view tocsin_internal.reach
is 'Time range of the stored alerts and events.';
comment on column tocsin_internal.reach.first_at
is 'Time of the first alert or event; null if there is none.';
comment on column tocsin_internal.reach.last_at
is 'Time of the last alert or event; null if there is none.';
