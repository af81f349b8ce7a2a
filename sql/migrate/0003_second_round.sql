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
