-- SPDX-License-Identifier: ISC

-- ----------------------------------------------------------------------
-- Function: tocsin_internal.judge_event(1)
--
--      Judge one event as judge_events does, but fill only what
--      apply_event needs: members that it copies from the event stay
--      null, except additional_data if the integration captures them.
--
--      Compares labels with enum_eq, as apply_event does, because the
--      operators are slow to find: see find_alert.
-- ----------------------------------------------------------------------
create or replace function tocsin_internal.judge_event(
    e   tocsin_api.event_in)
returns tocsin_internal.verdict
language plpgsql
stable
as $$
declare
    _v          tocsin_internal.verdict;
    _refusal    text;
    _status     tocsin_internal.status;
    _overtaken  tocsin_internal.overtaker;
begin
    _v.source := e.source::tocsin_internal.source;
    _v.event_type := e.event_type::tocsin_internal.event_type;
    select tocsin_internal.judge_sender(i, _v.source, e.token_hash,
               e.received_at),
           i.default_urgency,
           case when i.capture_additional_data then e.additional_data end,
           timestamptz_lt(e.received_at, timestamptz_mi_interval(
               statement_timestamp(), '18 hours')),
           i.watched
      into _refusal, _v.default_urgency, _v.additional_data, _v.is_late,
           _v.watched
      from tocsin_internal.integration i
     where i.integration_id = e.integration_id;
    if not found or _refusal is not null then
        _v.outcome := tocsin_internal.refuse_event(e.event_id,
            coalesce(_refusal, 'unknown_integration')
            ::tocsin_internal.outcome);
        return _v;
    end if;

    select a.alert_id, a.status into _v.alert_id, _status
      from tocsin_internal.find_alert(e.integration_id, e.external_id) a;
    if tocsin_internal.has_waited(_v.source, e.event_id, e.received_at) then
        select o.overtaken_by, o.resolve_id, o.resolved_at
          into _overtaken, _v.resolve_id, _v.resolved_at
          from tocsin_internal.find_overtaker(e.event_id, e.received_at,
               _v.event_type, e.integration_id, e.external_id, _v.alert_id,
               coalesce(_status, 'none')) o;
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
