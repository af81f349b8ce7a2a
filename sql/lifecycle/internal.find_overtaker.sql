-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.find_overtaker(
    i_event_id          uuid,
    i_received_at       timestamptz,
    i_event_type        tocsin_internal.event_type,
    i_integration_id    text,
    i_external_id       text,
    i_alert_id          uuid,
    i_status            tocsin_internal.status)
returns table (
    overtaken_by    tocsin_internal.overtaker,
    resolve_id      uuid,
    resolved_at     timestamptz)
language plpgsql
stable
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.find_overtaker(7)
--
--      Return which later event one that has waited must give way to, or no
--      row: meanwhile, another host may have stored events of the same Id.
--      Later means a higher id: a host's ids never decrease.
--
-- Parameters:
--      i_event_id...   - the event, as in event_in
--      i_alert_id      - the alert it refers to; null if there is none
--      i_status        - its status, or none
--
-- Returns:
--      overtaken_by    - as in transition
--      resolve_id      - for vain_resolve: the first one after the event
--      resolved_at     - when that was received, not before the event
-- ----------------------------------------------------------------------
begin
    return query
    select t.overtaken_by, v.event_id,
           case when v.event_id is not null
                then greatest(v.received_at, i_received_at) end
      from tocsin_internal.transition t
      left join tocsin_internal.alert a
        on a.alert_id = i_alert_id
      left join lateral (
           select e.event_id, e.received_at
             from tocsin_internal.event e
            where t.overtaken_by = 'vain_resolve'
              and e.integration_id = i_integration_id
              and e.external_id = i_external_id
              and e.event_type >= 'resolve'
              and e.event_type <= 'resolve'
              and e.outcome = 'ignored'
              and e.event_id > i_event_id
            -- Only the index of ignored events has this order: for that of the
            -- primary key, if there are few Ids, the planner may read all
            -- events since.
            order by e.event_type, e.event_id
            limit 1) v on true
     where t.from_status = i_status
       and t.event_type = i_event_type
       and i_event_id < case t.overtaken_by
               when 'vain_resolve' then v.event_id
               when 'end' then coalesce(a.resolve_id,
                   tocsin_internal.uuid_floor(a.resolved_at))
               when 'begin' then a.alert_id
               when 'create' then greatest(a.alert_id, a.last_duplicate_id) end
     order by t.overtaken_by desc
     limit 1;
end;
$$;

comment on function tocsin_internal.find_overtaker
is 'Find the later event that one that has waited must give way to.';
