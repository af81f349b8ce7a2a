-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.plan_for_growth()
returns void
language plpgsql
volatile
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.plan_for_growth(0)
--
--      A plan that was made while the statistics called the tables empty
--      walks them from end to end, and a connection keeps it while they
--      grow.  As long as they say so, plan each call anew; once they say
--      otherwise, remember it for the session.  Its first call is not
--      asked after: many a session, as of CGI, has no other.
-- ----------------------------------------------------------------------
declare
    _grown  text := coalesce(current_setting('tocsin.has_grown', true), '');
begin
    if _grown = '' then
        -- Assignments, since perform would plan a query for each.
        _grown := set_config('tocsin.has_grown', 'unknown', false);
        _grown := set_config('plan_cache_mode', 'force_custom_plan', true);
        return;
    end if;

    case sign((select reltuples from pg_class
                where oid = 'tocsin_internal.alert'::regclass))
        when 0 then
            perform set_config('plan_cache_mode', 'force_custom_plan', true);
        when 1 then
            perform set_config('tocsin.has_grown', 'yes', false);
        else
            -- Never analyzed: PostgreSQL then expects them to grow.
    end case;
end;
$$;

comment on function tocsin_internal.plan_for_growth()
is 'Keeps no plan that was made for empty tables.';
