-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.describe_integrations(
    i_id    text)
returns setof tocsin_api.integration_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.describe_integrations(1)
--
--      One integration, or all by name when i_id is null.
-- ----------------------------------------------------------------------
    select i.integration_id, i.name, i.enabled,
           i.token_hash is not null,
           case when i.previous_token_expires_at > now()
                then i.previous_token_expires_at end,
           i.capture_additional_data, i.default_urgency::text, i.created_at,
           a.open_count, a.acknowledged_count,
           (select max(e.received_at)
              from event e
             where e.integration_id = i.integration_id)
      from integration i
     cross join lateral (
           select count(*) filter (where status = 'open') as open_count,
                  count(*) filter (where status = 'acknowledged')
                      as acknowledged_count
             from alert
            where integration_id = i.integration_id
              and resolved_at is null) a
     where i_id is null or i.integration_id = i_id
     order by i.name, i.integration_id
$$;

comment on function tocsin_internal.describe_integrations(text)
is 'One integration, or all, as the operator sees them.';
