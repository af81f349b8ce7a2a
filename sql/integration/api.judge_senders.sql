-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.judge_senders(
    i_integration_ids   text[],
    i_token_hashes      bytea[])
returns table (
    refusal     text,
    wrapper_key text)
language plpgsql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.judge_senders(2)
--
--      Judge senders of webhooks before what they sent is parsed, so that
--      a stranger costs little.  ingest judges them again.
--
-- Parameters:
--      i_integration_ids   - the ids in the URLs
--      i_token_hashes      - for each the SHA-256 of the token sent; null
--                            if none was sent
-- Returns:
--      for each, in the order of the arrays
--      refusal             - the outcome with which to refuse it; null to
--                            accept it
--      wrapper_key         - JSON pointer to the member of its bodies that
--                            holds the event; null: none, or it is refused
-- Raises:
--      25006               - see refuse_read_only
-- ----------------------------------------------------------------------
begin
    perform tocsin_internal.refuse_read_only();
    return query
        select j.refusal,
               case when j.refusal is null then i.wrapper_key end
          from unnest(i_integration_ids, i_token_hashes)
               with ordinality s(integration_id, token_hash, place)
          left join tocsin_internal.integration i using (integration_id)
         cross join lateral (
               select tocsin_internal.judge_sender(i, 'webhook', s.token_hash,
                          now())) j(refusal)
         order by s.place;
end;
$$;

comment on function tocsin_api.judge_senders
is 'Judge senders before their events; called by the responder.';
