-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.return_deliveries(
    i_ids       bigint[],
    i_reason    text,
    i_now       timestamptz)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.return_deliveries(3)
--
--      End the leases of deliveries that no relay will report: they are due
--      again, or cancelled if their destination was removed.
--
-- Parameters:
--      i_ids       - their numbers; those in another state are left out
--      i_reason    - why they were not reported
-- Returns:
--      how many
-- ----------------------------------------------------------------------
declare
    _rows   integer;
begin
    update delivery
       set state = case when removed_kind is null then 'due'
                        else 'cancelled' end::delivery_state,
           reason = case when removed_kind is null then i_reason
                         else reason || ': ' || i_reason end,
           due_at = i_now,
           leased_by = null,
           leased_until = null
     where delivery_id = any (i_ids)
       -- As text, to use no partial index: see delivery_message_id_idx.
       and state::text = 'sending';
    get diagnostics _rows = row_count;
    return _rows;
end;
$$;

comment on function tocsin_internal.return_deliveries
is 'End the leases of deliveries that no relay will report.';
