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
--      they do not, remember that for the session.
-- ----------------------------------------------------------------------
declare
    _alerts     real := (
        select reltuples
          from pg_class
         where oid = 'tocsin_internal.alert'::regclass);
begin
    if _alerts >= 50 then
        perform set_config('tocsin.has_grown', 'yes', false);
    elsif _alerts >= 0 then
        perform set_config('plan_cache_mode', 'force_custom_plan', true);
    else
        -- Never analyzed: PostgreSQL expects such tables to grow.
    end if;
end;
$$;

comment on function tocsin_internal.plan_for_growth
is 'Cache no plan that was made for nearly empty tables.';
