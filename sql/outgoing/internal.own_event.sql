-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.own_event(
    i_type          text,
    i_id            text,
    i_title         text,
    i_description   text,
    i_now           timestamptz)
returns tocsin_api.event_in
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.own_event(5)
--
--      Return an event of tocsin's own integration.
--
-- Parameters:
--      i_type      - create or resolve; a resolve does not use title and
--                    description
--      i_id        - Id of the alert
-- ----------------------------------------------------------------------
declare
    e   tocsin_api.event_in;
begin
    e.event_id := make_event_id(i_now, format('own/%s/%s', i_type, i_id));
    e.received_at := i_now;
    e.source := 'timer';
    e.integration_id := own_integration();
    e.event_type := i_type;
    e.external_id := i_id;
    e.remote_addr := 'tick';
    if i_type = 'create' then
        e.title := i_title;
        e.description := coalesce(i_description, '');
        e.urgency := 'high';
        e.tags := '{tocsin}';
        e.dedup_keys := '{}';
        e.meta := '{}';
        e.incident := false;
        e.flags := '{}';
    end if;
    return e;
end;
$$;

comment on function tocsin_internal.own_event
is 'Return an event of tocsin''s own integration.';
