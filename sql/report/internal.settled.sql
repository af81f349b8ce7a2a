-- SPDX-License-Identifier: ISC
--
-- Internal to other views and functions.  An event that left an alert live is
-- known from that alert (tocsin_internal.live).  For the others, only the
-- index by integration has this order: with = instead of the range the planner
-- may use the index of times and read every event received since the last one
-- of a silent integration.

create or replace view tocsin_internal.settled as
select i.integration_id,
       (select v.received_at
          from tocsin_internal.event v
         where v.integration_id >= i.integration_id
           and v.integration_id <= i.integration_id
           and v.outcome in ('resolved', 'ignored')
         order by v.integration_id desc, v.received_at desc
         limit 1) as last_event_at
  from tocsin_internal.integration i;

comment on view tocsin_internal.settled
is 'Last event of each integration that left no alert live.';
comment on column tocsin_internal.settled.integration_id
is 'The integration.';
comment on column tocsin_internal.settled.last_event_at
is 'When it arrived; null if there is none.';
