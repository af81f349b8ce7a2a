-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.admission()
returns setof tocsin_api.admission_entry
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.admission(0)
--
--      What decides whether a webhook is let in, for all integrations, in
--      the order of their ids.  The responder keeps a copy and goes by it
--      while the database is away.
-- ----------------------------------------------------------------------
    select integration_id, enabled, token_hash, previous_token_hash,
           previous_token_expires_at
      from integration
     order by integration_id
$$;

comment on function tocsin_api.admission()
is 'Ids, switches and token hashes of all integrations.';
