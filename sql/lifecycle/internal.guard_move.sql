-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.guard_move()
returns trigger
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.guard_move(0)
--
--      Trigger on alert: refuse, for every writer, a change of status that
--      is not a row of transition, and a change of an alert's identity, of
--      its time of acknowledgement, or of the times and counts of a
--      resolved one.  Runs after the update, because only then can no
--      other trigger still change the row.
--
--      Has no WHEN: it would cost every event that changes an alert more
--      than the tests below.
--
-- Raises:
--      TO001   - names what was tried
-- ----------------------------------------------------------------------
declare
    _what   text;
begin
    if new.alert_id <> old.alert_id
        or new.integration_id <> old.integration_id
        or new.external_id <> old.external_id
        or new.created_at <> old.created_at
    then
        _what := 'the identity of alert %s cannot be changed';
    elsif new.status <> old.status and not exists (
        select from tocsin_internal.transition
         where from_status = old.status
           and to_status = new.status
           and outcome <> 'created')
    then
        _what := 'alert %s cannot go from %s to %s';
    elsif new.acknowledged_at is distinct from old.acknowledged_at
            and not (old.status = 'open' and new.status = 'acknowledged')
        or old.resolved_at is not null
            and (new.resolved_at <> old.resolved_at
                or new.last_event_at <> old.last_event_at
                or new.resolve_id is distinct from old.resolve_id
                -- A late create may be a duplicate of it.
                or new.duplicate_count - old.duplicate_count
                    not between 0 and 1)
    then
        _what := 'the history of alert %s cannot be changed';
    elsif not isfinite(greatest(new.acknowledged_at, new.resolved_at,
        new.last_event_at))
    then
        _what := 'alert %s cannot have an infinite time';
    else
        return null;
    end if;
    raise exception using errcode = 'TO001',
        message = format(_what, old.alert_id, old.status, new.status),
        hint = 'See the table tocsin_internal.transition; the identity of an'
            || ' alert and past times and counts cannot be changed.';
end;
$$;

comment on function tocsin_internal.guard_move
is 'Refuse updates of an alert that the lifecycle does not allow.';

do $do$ begin
    perform tocsin_internal.ensure_trigger($$
create or replace trigger alert_10_guard_update
    after update on tocsin_internal.alert
    for each row
    execute function tocsin_internal.guard_move()$$);
end $do$;

comment on trigger alert_10_guard_update on tocsin_internal.alert
is 'Status follows the lifecycle; identity and history are immutable.';
