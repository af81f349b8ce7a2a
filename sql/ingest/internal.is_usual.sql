-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.is_usual(0)
--
--      Return whether prepare_transaction would change nothing and raise
--      nothing.  A single expression, so that the planner can inline it; for
--      BEGIN ATOMIC see find_alert.
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.is_usual()
returns boolean
language sql
stable
begin atomic
    select current_setting('transaction_isolation') = 'read committed'
       and current_setting('transaction_read_only') = 'off'
       and current_setting('synchronous_commit') = 'on'
       and current_setting('lock_timeout') <> '0';
end;

comment on function tocsin_internal.is_usual
is 'Return whether a transaction is as events need it.';
