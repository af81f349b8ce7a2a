-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.refuse_read_only()
returns void
language plpgsql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.refuse_read_only(0)
--
--      Raise an error in a read-only transaction: a standby may lag behind,
--      so it must not refuse a sender.
--
-- Raises:
--      25006           - the transaction is read-only
-- ----------------------------------------------------------------------
begin
    if current_setting('transaction_read_only') = 'on' then
        raise exception using errcode = '25006',
            message = 'cannot store events in a read-only transaction',
            hint = 'This may be a standby: see target_session_attrs.';
    end if;
end;
$$;

comment on function tocsin_internal.refuse_read_only
is 'Raise an error in a read-only transaction.';
