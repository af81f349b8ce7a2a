-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.plan_for_growth()
returns void
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.plan_for_growth(0)
--
--      Cache no plan made for nearly empty tables: it scans them
--      sequentially, and a connection would keep it while they grow.  Plan
--      each call anew while the statistics call them nearly empty; once
--      they do not, cache plans in this session from now on.
-- ----------------------------------------------------------------------
declare
    _alerts     real := (
        select reltuples
          from pg_class
         where oid = 'tocsin_internal.alert'::regclass);
begin
    -- Below 0 they were never analyzed: PostgreSQL expects such tables to grow.
    perform set_config('plan_cache_mode',
        case when _alerts >= 0 and _alerts < 50 then 'force_custom_plan'
             else 'force_generic_plan' end,
        _alerts < 50);
end;
$$;

comment on function tocsin_internal.plan_for_growth
is 'Cache no plan that was made for nearly empty tables.';
