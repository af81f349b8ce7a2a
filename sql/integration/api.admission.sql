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
--      Return what the responder needs for its admission check, for all
--      integrations, in the byte order of their ids.  It keeps a copy and
--      uses that while the database is unavailable.
--
--      Everything is computed here, where operators are those of
--      pg_catalog whatever the caller's search_path.
-- ----------------------------------------------------------------------
    select integration_id, enabled, encode(token_hash, 'hex'),
           encode(previous_token_hash, 'hex'),
           -- greatest() ignores nulls, hence the CASE.
           case when previous_token_expires_at is not null
                then (extract(epoch from least(greatest(
                    previous_token_expires_at, '1970-01-01 00:00:00+00'),
                    '9999-12-31 00:00:00+00')) * 1000000)::bigint end,
           wrapper_key
      from integration
     order by integration_id
$$;

comment on function tocsin_api.admission
is 'Return ids, enabled flags, token hashes, wrapper keys of all integrations.';
