-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.demo_play(
    i_days  integer,
    i_seed  bigint)
returns setof tocsin_internal.event
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.demo_play(2)
--
--      Write the alerts of the demonstration, each as it is in the end,
--      and return the rows that its events get in the log, as if they had
--      been stored soon after they were received.
--
--      The table of transitions decides, as in ingest, and every step of
--      an alert passes the guards.  Ingest itself would take as many calls
--      as the most frequent Id has events.
-- ----------------------------------------------------------------------
declare
    _event      event;
    _alert      alert;
    _alerts     alert[] := array[]::alert[];
    _turns      integer[] := array[]::integer[];
    _n          integer := 0; -- length of both
begin
    for _event in
        select * from demo_events(i_days, i_seed) e
         order by e.integration_id, e.external_id, e.received_at, e.event_id
    loop
        if (_event.integration_id, _event.external_id)
            is distinct from (_alert.integration_id, _alert.external_id)
        then
            _alert := null;
        end if;
        select t.outcome, t.reason, t.from_status, t.to_status
          into strict _event.outcome, _event.reason, _event.from_status,
               _event.to_status
          from transition t
         where t.from_status = coalesce(_alert.status, 'none')
           and t.event_type = _event.event_type
           and t.overtaken_by = 'nothing';

        if _event.outcome = 'created' then
            _turns[_n + 1] := case when _alert.alert_id is null then 1
                else _turns[_n] + 1 end;
            _n := _n + 1;
            _alert := demo_open(_event);
        elsif _event.outcome <> 'ignored' then
            _alert.status := _event.to_status;
            _alert.last_event_at := _event.received_at;
            case _event.outcome
                when 'duplicate' then
                    _alert.duplicate_count := _alert.duplicate_count + 1;
                    _alert.last_duplicate_id := _event.event_id;
                when 'acknowledged' then
                    _alert.acknowledged_at := _event.received_at;
                when 'resolved' then
                    _alert.resolved_at := _event.received_at;
                    _alert.resolve_id := _event.event_id;
            end case;
        end if;
        if _alert.alert_id is not null then
            _alerts[_n] := _alert;
        end if;
        _event.alert_id := _alert.alert_id;
        _event.stored_at := _event.received_at
            + (2 + 60 * power(demo_random(1, _event.event_id::text), 4))
            * interval '1 ms';
        return next _event;
    end loop;

    -- An Id has one live alert at a time: write its first, then its second...
    perform demo_write(array_agg(w.alert))
       from (select unnest(_alerts) as alert, unnest(_turns) as turn) w
      group by w.turn
      order by w.turn;
end;
$$;

comment on function tocsin_internal.demo_play
is 'Write the alerts of the demonstration and return its log.';
