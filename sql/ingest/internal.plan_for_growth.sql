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
--      A plan that was made while the statistics called the tables as good
--      as empty walks them from end to end, and a connection keeps it while
--      they grow.  As long as they say so, plan each call anew; once they
--      say otherwise, remember it for the session.
--
-- Parameters:
--      i_is_lone       - one event: of a session's first call, which is the
--                        only one of CGI, the plans are then not kept, and
--                        the statistics not looked at.  Those of many
--                        events are dear, and needed in each round.
-- ----------------------------------------------------------------------
declare
    _grown      text := coalesce(current_setting('tocsin.has_grown', true), '');
    _alerts     real;
begin
    if _grown = '' and i_is_lone then
        -- Assignments, since perform would plan a query for each.
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
        -- Never analyzed: PostgreSQL then expects them to grow.
    end if;
end;
$$;

comment on function tocsin_internal.plan_for_growth
is 'Keeps no plan that was made for tables as good as empty.';
