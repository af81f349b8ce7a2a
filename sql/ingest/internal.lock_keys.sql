-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.lock_keys(
    i_events    tocsin_api.event_in[])
returns bigint
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.lock_keys(1)
--
--      Lock the keys of the events until the transaction ends.  A key is
--      an integration and an Id, whether or not it has an alert.
--      prepare_batch does the same for a single one.
--
-- Returns:
--      the highest number of events that share one lock: 1 if no key
--      occurs twice
-- Locks:
--      advisory, one per key, in ascending order, so that calls cannot
--      deadlock
-- ----------------------------------------------------------------------
declare
    _most   bigint;
begin
    select max(case
               when pg_advisory_xact_lock(1953457011, k.key) is not null
               then k.n end)
      into _most
      from (select hashtext(e.integration_id || '/' || e.external_id) as key,
                   count(*) as n
              from unnest(i_events) e
             group by 1
             order by 1) k;
    return _most;
end;
$$;

comment on function tocsin_internal.lock_keys
is 'Serialise calls with the same integration and Id.';
