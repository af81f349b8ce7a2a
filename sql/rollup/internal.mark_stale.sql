-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.mark_stale(
    i_integration_id    text[],
    i_at                timestamptz[],
    i_marked_at         timestamptz default now())
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.mark_stale(3)
--
--      Have the views compute the hour and the day of each time, of its
--      integration, because this transaction changes something that is
--      counted there.  Does nothing for days that are not rolled up.
--
--      Only inserts, so that events do not wait for each other.
--
-- Parameters:
--      i_marked_at     - roll_up does it anew ten minutes later, because
--                        what changed once often changes again; -infinity:
--                        at once
-- Locks:
--      see lock_days
-- ----------------------------------------------------------------------
declare
    -- A snapshot that is older than the lock may show an older state.
    _blind  constant boolean := current_setting('transaction_isolation')
                in ('repeatable read', 'serializable');
    _until  timestamptz;
begin
    perform lock_days(i_at);
    -- As the view rolled_up has it, but an installation locks views, and events
    -- must not wait for it.
    _until := (
        select value::timestamp at time zone 'UTC'
          from setting
         where name = 'rolled_up_until');
    insert into stale_rollup (unit, bucket_at, integration_id, marked_at)
    select m.unit, m.bucket_at, m.integration_id, i_marked_at
      from (select distinct u.unit, c.integration_id,
                   date_trunc(u.unit, c.at, 'UTC') as bucket_at
              from unnest(i_integration_id, i_at) c(integration_id, at)
             cross join (values ('hour'), ('day')) u(unit)
             where _blind
                or c.at < _until) m
     where _blind
        or not exists (
           select from stale_rollup s
            where s.unit = m.unit
              and s.bucket_at = m.bucket_at
              and s.integration_id = m.integration_id);
end;
$$;

comment on function tocsin_internal.mark_stale
is 'Have views compute hours and days of which something changes.';
