-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.replication()
returns setof tocsin_api.finding
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.replication(0)
--
--      Check whether a failover would lose events that were stored: those
--      that no standby has confirmed.  ingest waits for one if
--      synchronous_standby_names asks for it.
--
--      The states of standbys are visible only if the owner of this function
--      is a superuser or a member of pg_read_all_stats.
--
-- Returns:
--      findings whose name is replication: what is amiss, or one that is ok;
--      none on a standby
-- ----------------------------------------------------------------------
    with standby as (
        select r.application_name as name, r.sync_state
          from pg_stat_replication r
         where r.state is distinct from 'backup'
           and not exists (
               select from pg_replication_slots s
                where s.active_pid = r.pid
                  and s.slot_type = 'logical')
    ), found as (
        select current_setting('synchronous_standby_names') as names,
               count(*) as n,
               coalesce(bool_or(sync_state is null), false) as hidden,
               coalesce(bool_or(sync_state in ('sync', 'quorum')), false)
                   as confirmed,
               string_agg(name, ', ' order by name)
                   filter (where sync_state = 'async') as others
          from standby
    ), finding as (
        select false as ok, n || ' standbys follow asynchronously: promoting'
               || ' one loses events that it does not have yet' as detail
          from found
         where names = '' and n > 0
        union all
        select false, 'synchronous_standby_names names no standby that'
               || ' follows: commits wait for one'
          from found
         where names <> '' and not confirmed and not hidden
        union all
        select false, others || ' follows, but synchronous_standby_names'
               || ' does not name it: promoting it loses events'
          from found
         where names <> '' and confirmed and others <> ''
    )
    select 'replication', f.ok, f.detail
      from finding f
     where not pg_is_in_recovery()
    union all
    select 'replication', true,
           case when n = 0 and names = '' then 'no standby follows'
                when hidden then 'commits wait for ' || names || '; grant'
                    || ' pg_read_all_stats to the owner of the schema to have'
                    || ' the standbys checked'
                else 'commits wait for ' || names end
      from found
     where not pg_is_in_recovery()
       and not exists (select from finding)
$$;

comment on function tocsin_api.replication
is 'Check whether a failover would lose events that were stored.';
