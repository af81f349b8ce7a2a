-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.plan_transitions(
    i_rows  bigint[],
    i_now   timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.plan_transitions(2)
--
--      Turn rows of the outbox into chains and deliveries, and delete them.
--      An alert is created, acknowledged and resolved at most once each and in
--      this order, so plan all creates first, then all acknowledges, then all
--      resolves.
--
--      Nobody is told of an alert that a late event created as resolved: no
--      resolve would follow.
--
-- Parameters:
--      i_rows          - outbox_id of the rows
-- ----------------------------------------------------------------------
declare
    _created        uuid[];
    _acknowledged   uuid[];
    _resolved       uuid[];
begin
    with gone as (
        delete from outbox
         where outbox_id = any (i_rows)
        returning event_id)
    select array_agg(event_id) filter (where e.outcome = 'created'
               and e.to_status <> 'resolved'),
           array_agg(event_id) filter (where e.outcome = 'acknowledged'),
           array_agg(event_id) filter (where e.outcome = 'resolved')
      into _created, _acknowledged, _resolved
      from gone
      join event e using (event_id);
    if _created is not null then
        perform plan_alerts(_created, i_now);
    end if;
    if _acknowledged is not null then
        perform tell_moves('acknowledged', _acknowledged, i_now);
    end if;
    if _resolved is not null then
        perform tell_moves('resolved', _resolved, i_now);
    end if;
end;
$$;

comment on function tocsin_internal.plan_transitions
is 'Turn rows of the outbox into chains and deliveries.';
