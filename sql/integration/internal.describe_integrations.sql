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
--      Return one integration, or all by name if i_id is null.
-- ----------------------------------------------------------------------
    select i.integration_id, i.name, i.enabled,
           i.token_hash is not null,
           case when i.previous_token_expires_at > now()
                then i.previous_token_expires_at end,
           i.capture_additional_data, i.default_urgency::text, i.created_at,
           coalesce(l.open_count, 0), coalesce(l.acknowledged_count, 0),
           greatest(l.last_event_at, s.last_event_at),
           i.dialect, i.wrapper_key
      from integration i
      join settled s using (integration_id)
      left join live l using (integration_id)
     where i_id is null or i.integration_id = i_id
     order by i.name, i.integration_id
$$;

comment on function tocsin_internal.describe_integrations
is 'Return one integration, or all, as the operator sees them.';
