-- SPDX-License-Identifier: ISC
-- What attack, neglect and long histories showed to be missing.  Applied
-- once by install.sql.

-- ----------------------------------------------------------------------
-- Vacuum
-- ----------------------------------------------------------------------

-- Every acknowledge and resolve leaves a dead row version.  At the default
-- of 20 %, counting live alerts among a long history slows down fourfold
-- before vacuum comes.
alter table tocsin_internal.alert set (autovacuum_vacuum_scale_factor = 0.02);

-- ----------------------------------------------------------------------
-- Times
-- ----------------------------------------------------------------------

-- Nothing can be computed from a time without end, and one that cannot be
-- read would keep the responder from every integration.
update tocsin_internal.integration
   set previous_token_expires_at = '9999-12-31 00:00+00'
 where not isfinite(previous_token_expires_at);
update tocsin_internal.integration
   set created_at = now()
 where not isfinite(created_at);
alter table tocsin_internal.integration
    add constraint times_are_finite
        check (isfinite(previous_token_expires_at) and isfinite(created_at));

-- ----------------------------------------------------------------------
-- Functions that have gone
-- ----------------------------------------------------------------------

drop function if exists tocsin_internal.prepare_batch(
    integer[], text[], text[]);
