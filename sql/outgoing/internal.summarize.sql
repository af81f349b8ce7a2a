-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.summarize(
    i_nets  tocsin_internal.net[])
returns text
language plpgsql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.summarize(1)
--
--      Summarize a message in one line: for one alert what happened, its title
--      and integration; for several the highest urgency of the live ones, and
--      counts.
-- ----------------------------------------------------------------------
declare
    n   constant net := i_nets[1];
begin
    if cardinality(i_nets) = 1 then
        return initcap(case
                when n.notice = 'test' then 'test'
                when n.status = 'resolved' then 'resolved'
                when n.notice in ('escalated', 'reminder') then n.notice
                when n.status = 'acknowledged' then 'acknowledged'
                else n.urgency::text end)
            || case when n.notice in ('escalated', 'reminder')
                     and n.status <> 'resolved'
                    then ', ' || n.urgency else '' end
            || ': ' || n.title || ' (' || n.integration_name || ')';
    end if;
    return (
        select initcap(coalesce(
                   max(urgency) filter (where status <> 'resolved')::text,
                   'resolved'))
               || ': ' || count(*) || ' alerts, ' || tally(array_agg(status))
          from unnest(i_nets));
end;
$$;

comment on function tocsin_internal.summarize
is 'Summarize a message in one line.';
