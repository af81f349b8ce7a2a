-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.demo_data(
    i_days  integer,
    i_seed  bigint)
returns tocsin_api.demo_summary
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
set jit = off
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.demo_data(2)
--
--      Create integrations whose names begin with Demo: and a plausible
--      history for them that ends now, so that boards and dashboards have
--      data to show: all or nothing.
--
-- Parameters:
--      i_days          - days of history, 1 to 60; null: 30
--      i_seed          - the same seed gives the same history; null: 1
--
-- Returns:
--      how much was created
-- Raises:
--      TO422           - an invalid number, or the data already exists
-- ----------------------------------------------------------------------
declare
    _days       integer := coalesce(i_days, 30);
    _summary    tocsin_api.demo_summary;
begin
    if _days not between 1 and 60 then
        raise exception using errcode = 'TO422',
            message = 'a demonstration must have 1 to 60 days',
            hint = '30 is a good value.';
    end if;
    if exists (select from integration where is_demo) then
        raise exception using errcode = 'TO422',
            message = 'the demonstration already exists',
            hint = 'Remove it first.';
    end if;
    insert into integration (integration_id, name, is_demo, created_at)
    select make_integration_id(null), 'Demo: ' || name, true,
           now() - make_interval(days => _days)
      from unnest('{Website checks, Servers, Nightly backups, Shop,
               Office network}'::text[]) name;

    insert into event
    select * from demo_play(_days, coalesce(i_seed, 1)) p
     order by p.received_at, p.event_id;

    perform mark_stale(array_agg(integration_id), array_agg(received_at),
               '-infinity')
       from event join integration using (integration_id) where is_demo;

    select count(*) into _summary.integration_count
      from integration where is_demo;
    select count(*) into _summary.alert_count
      from alert join integration using (integration_id) where is_demo;
    select count(*) into _summary.event_count
      from event join integration using (integration_id) where is_demo;
    return _summary;
end;
$$;

comment on function tocsin_api.demo_data
is 'Create integrations with a plausible history.';
