-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.list_alerts(
    i_nets  tocsin_internal.net[],
    i_now   timestamptz)
returns jsonb
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.list_alerts(2)
--
--      List the alerts of a message about several, in the order of i_nets: up
--      to five per integration and fifty in all, and count the others.  Each
--      integration has its first alert listed before any has its second.
--
-- Returns:
--      lines   - a line for each listed alert
--      rest    - lines that count the others by integration, for up to twenty
--                integrations, those with most first
--      alerts  - the facts of the listed alerts, their descriptions cut to
--                1000 characters
-- ----------------------------------------------------------------------
    with shown as (
        select i_nets[k] as net, k,
               row_number() over (order by (i_nets[k]).place, k) <= 50
                   and (i_nets[k]).place <= 5 as is_listed
          from generate_subscripts(i_nets, 1) k),
    counts as (
        select (net).integration_name as name, count(*) as n,
               tally(array_agg((net).status)) as tally,
               row_number() over (
                   order by count(*) desc, (net).integration_name) as place
          from shown
         where not is_listed
         group by (net).integration_id, (net).integration_name)
    select jsonb_build_object(
               'lines', (
                   select jsonb_agg(line_of(net) order by k)
                     from shown
                    where is_listed),
               'alerts', (
                   select jsonb_agg(alert_facts(net, i_now, 1000) order by k)
                     from shown
                    where is_listed),
               'rest', (
                   select coalesce(jsonb_agg(line order by place), '[]')
                     from (select one_line(name) || ': ' || n || ' more, '
                                  || tally, place
                             from counts
                            where place <= 20
                            union all
                           select sum(n) || ' more of ' || count(*)
                                  || ' other integrations', 21
                             from counts
                            where place > 20
                           having count(*) > 0) r(line, place)))
$$;

comment on function tocsin_internal.list_alerts
is 'List the alerts of a message of many, and count those without a line.';
