-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.net_alerts(
    i_told  tocsin_internal.told[],
    i_now   timestamptz,
    i_zone  text)
returns setof tocsin_internal.net
language plpgsql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.net_alerts(3)
--
--      Combine the notices of a message into one row per alert.  Alerts that
--      were deleted have a row too.  Times are in the time zone i_zone.
-- ----------------------------------------------------------------------
begin
    return query
    with told as (
        select coalesce(t.alert_id, t.notice_id) as alert_id,
               array_agg(t order by array_position(
                   '{resolved,acknowledged,escalated,reminder,created}',
                   t.notice), t.created_at desc) as notices
          from unnest(i_told) t
         group by 1)
    select t.alert_id, a.integration_id,
           case when t.notices[1].notice = 'test' then 'tocsin'
                else coalesce(i.name, 'unknown') end,
           case when t.notices[1].notice = 'test' then 'Test message'
                else coalesce(shorten(one_line(a.title), 200, null),
                    'Alert that was deleted') end,
           coalesce(a.urgency, 'low'),
           coalesce(a.status, case when t.notices[1].notice = 'test'
               then 'open'::status else 'resolved' end),
           concat_ws(', ',
               'opened ' || clock_text(a.created_at, i_now, i_zone),
               'acknowledged ' || clock_text(a.acknowledged_at, i_now, i_zone),
               'resolved ' || clock_text(a.resolved_at, i_now, i_zone)),
           t.notices[1].notice, t.notices[1].notice_id,
           t.notices[1].created_at,
           row_number() over (
               partition by a.integration_id
               order by a.resolved_at is null desc, a.urgency desc,
                   a.created_at desc, t.alert_id)
      from told t
      left join alert a using (alert_id)
      left join integration i using (integration_id);
end;
$$;

comment on function tocsin_internal.net_alerts
is 'Combine the notices of a message into one row per alert.';
