-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.receipt_of(
    i_integration_id    text,
    i_token_hash        bytea,
    i_event_id          uuid)
returns tocsin_api.receipt_found
language plpgsql
stable
security definer
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.receipt_of(3)
--
--      Tell a sender what became of one of its events.
--
-- Parameters:
--      i_integration_id    - id in the URL
--      i_token_hash        - SHA-256 of the token sent; null: none
--      i_event_id          - the event's id, as the reply had it
--
-- Returns:
--      refusal set         - why the sender may not ask; see judge_sender
--      all null            - the integration has no such event, or it is
--                            still in the spool
--      else                - the event's
-- ----------------------------------------------------------------------
declare
    _found  tocsin_api.receipt_found;
begin
    _found.refusal := judge_sender(
        (select i from integration i where integration_id = i_integration_id),
        'webhook', i_token_hash, now());
    if _found.refusal is not null then
        return _found;
    end if;
    select null, e.event_type::text, e.external_id, e.outcome::text,
           e.alert_id
      into _found
      from event e
     where e.event_id = i_event_id
       and e.integration_id = i_integration_id;
    return _found;
end;
$$;

comment on function tocsin_api.receipt_of
is 'Tell a sender what became of one of its events.';
