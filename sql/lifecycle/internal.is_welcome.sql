-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.is_welcome(2)
--
--      Return whether an integration accepts what has this token, whatever
--      its source is and whenever it came: most often it does.  Anything
--      but true leaves that to judge_sender.  A single expression, so that
--      the planner can inline it; for BEGIN ATOMIC see find_alert.
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.is_welcome(
    i_integration   tocsin_internal.integration,
    i_token_hash    bytea)
returns boolean
language sql
stable
begin atomic
    select (i_integration).enabled
       and ((i_integration).token_hash is null
           or (i_integration).token_hash = i_token_hash);
end;

comment on function tocsin_internal.is_welcome
is 'Return whether an integration accepts a token at any time.';
