-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.judge_event(1)
--
--      Judge one event as judge_events does, but fill only what
--      apply_event needs: members that it copies from the event stay
--      null, except additional_data if the integration captures them.
--
--      Compares labels with enum_eq, as apply_event does, because the
--      operators are slow to find: see find_alert.  Asks judge_sender and
--      has_waited only where they may say more than usual: a query that is
--      not reached is not planned.
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.judge_event(
    e   tocsin_api.event_in)
returns tocsin_internal.verdict
language plpgsql
stable
as $$
declare
    _v          tocsin_internal.verdict;
    _welcome    boolean;
    _refusal    text;
    _status     tocsin_internal.status;
    _overtaken  tocsin_internal.overtaker;
begin
    select e.source::tocsin_internal.source,
           e.event_type::tocsin_internal.event_type,
           tocsin_internal.is_welcome(i, e.token_hash),
           i.default_urgency,
           case when i.capture_additional_data then e.additional_data end,
           timestamptz_lt(e.received_at, timestamptz_mi_interval(
               statement_timestamp(), '18 hours')),
           i.watched
      into _v.source, _v.event_type, _welcome, _v.default_urgency,
           _v.additional_data, _v.is_late, _v.watched
      from tocsin_internal.integration i
     where i.integration_id = e.integration_id;
    if _welcome is not true then
        _refusal := (
            select tocsin_internal.judge_sender(i, _v.source, e.token_hash,
                       e.received_at)
              from (select) one
              left join tocsin_internal.integration i
                on i.integration_id = e.integration_id);
        if _refusal is not null then
            _v.outcome := tocsin_internal.refuse_event(e.event_id,
                _refusal::tocsin_internal.outcome);
            return _v;
        end if;
    end if;

    select a.alert_id, a.status into _v.alert_id, _status
      from tocsin_internal.find_alert(e.integration_id, e.external_id) a;
    if enum_ne(_v.source, 'webhook') then
        select o.overtaken_by, o.resolve_id, o.resolved_at
          into _overtaken, _v.resolve_id, _v.resolved_at
          from tocsin_internal.find_overtaker(e.event_id, e.received_at,
               _v.event_type, e.integration_id, e.external_id, _v.alert_id,
               coalesce(_status, 'none')) o
         where tocsin_internal.has_waited(_v.source, e.event_id,
               e.received_at);
    end if;
    select true, t.from_status, t.to_status, t.outcome, t.reason,
           case when enum_eq(t.outcome, 'created') then e.event_id
                else _v.alert_id end
      into strict _v.fresh, _v.from_status, _v.to_status, _v.outcome,
           _v.reason, _v.alert_id
      from tocsin_internal.find_transition(_status, _v.event_type,
           _overtaken) t;
    return _v;
end;
$$;

comment on function tocsin_internal.judge_event
is 'Decide what one event does, by the table of transitions.';
