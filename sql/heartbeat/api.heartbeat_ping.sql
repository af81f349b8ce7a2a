-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.heartbeat_ping(
    i_integration_id    text,
    i_name              text)
returns tocsin_api.heartbeat_info
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.heartbeat_ping(2)
--
--      Ping a heartbeat by hand.
--
-- Parameters, raises, locks:
--      see lock_heartbeat; and
--      TO422   - its integration is disabled
-- Returns:
--      the heartbeat
-- ----------------------------------------------------------------------
declare
    _h          constant heartbeat := lock_heartbeat(i_integration_id, i_name);
    _now        constant timestamptz := clock_timestamp();
    _outcome    text;
    e           tocsin_api.event_in;
begin
    e.event_id := make_event_id(_now, gen_random_uuid()::text);
    e.received_at := _now;
    e.source := 'operator';
    e.integration_id := _h.integration_id;
    e.event_type := 'resolve';
    e.external_id := 'heartbeat/' || _h.name;
    _outcome := (select r.outcome from tocsin_api.ingest(array[e]) r);
    if _outcome = 'disabled' then
        raise exception using errcode = 'TO422',
            message = format('integration %s is disabled', _h.integration_id),
            hint = 'Enable it: tocsin integration enable.';
    end if;
    return describe_heartbeats(_h.integration_id, _h.name);
end;
$$;

comment on function tocsin_api.heartbeat_ping
is 'Ping a heartbeat by hand.';
