-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.plan_for_growth(
    i_is_lone   boolean)
returns void
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.plan_for_growth(1)
--
--      Cache no plan made for nearly empty tables: it scans them
--      sequentially, and a connection would keep it while they grow.  Plan
--      each call anew while the statistics call them nearly empty; once
--      they do not, remember that for the session.
--
-- Parameters:
--      i_is_lone       - the call has one event: then do not cache plans
--                        for the first call of a session, the only one
--                        under CGI, nor read the statistics.  Plans for
--                        many events are expensive and used in each round.
-- ----------------------------------------------------------------------
declare
    _grown      text := coalesce(current_setting('tocsin.has_grown', true), '');
    _alerts     real;
begin
    if _grown = '' and i_is_lone then
        -- Assignments, because each PERFORM would plan a query.
        _grown := set_config('tocsin.has_grown', 'unknown', false);
        _grown := set_config('plan_cache_mode', 'force_custom_plan', true);
        return;
    end if;

    _alerts := (
        select reltuples
          from pg_class
         where oid = 'tocsin_internal.alert'::regclass);
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
