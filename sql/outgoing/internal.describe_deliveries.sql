-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.describe_deliveries(
    i_ids   bigint[])
returns setof tocsin_api.delivery_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.describe_deliveries(1)
--
--      Return deliveries as operators see them, the newest first.
--
-- Parameters:
--      i_ids       - their numbers
-- ----------------------------------------------------------------------
    select v.id, v.destination, v.alert_id, v.external_id, v.title, v.notice,
           v.notice_id, v.urgency, v.status, v.waiting_for, v.reason,
           v.attempts, v.created_at, v.due_at, v.expires_at, v.sent_at,
           v.last_status, v.took_ms, v.excerpt
      from tocsin.deliveries v
     where v.id = any (i_ids)
     order by v.created_at desc, v.id desc
$$;

comment on function tocsin_internal.describe_deliveries
is 'Return deliveries as operators see them.';
