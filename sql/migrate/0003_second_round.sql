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
-- What the guards keep, and what they do not
-- ----------------------------------------------------------------------

-- These looked at a row before it was written, and others look later.
drop trigger if exists alert_10_guard_insert on tocsin_internal.alert;
drop trigger if exists alert_10_guard_update on tocsin_internal.alert;
drop trigger if exists alert_10_guard_delete on tocsin_internal.alert;

comment on table tocsin_internal.alert
is 'One alert; its status moves only as tocsin_internal.transition allows,'
    ' and what is over stays, whoever writes.  Not kept from its owner:'
    ' deleting resolved alerts, titles and texts, triggers off.';
comment on table tocsin_internal.event
is 'Every event that was accepted, in one row that never changes and that'
    ' only retention removes, whoever writes.  Not kept from its owner:'
    ' inserts by hand, partitions dropped or detached, triggers off.';

-- ----------------------------------------------------------------------
-- Functions that have gone
-- ----------------------------------------------------------------------

drop function if exists tocsin_internal.prepare_batch(
    integer[], text[], text[]);
