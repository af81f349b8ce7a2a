-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.responder_last(
    i_host  text)
returns table (
    account         text,
    configuration   text,
    spool           text)
language sql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.responder_last(1)
--
--      Return how the responder was started that reported last from a
--      host; no row if none has.
-- ----------------------------------------------------------------------
    select r.account, r.configuration, r.spool
      from responder r
     where r.host = i_host
     order by r.seen_at desc
     limit 1
$$;

comment on function tocsin_api.responder_last
is 'Return how the last responder of a host was started.';
