-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.describe_routes(
    i_id    integer default null)
returns setof tocsin_api.route_info
language sql
stable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.describe_routes(1)
--
--      Return one route, or all in their order, as operators see them.
-- ----------------------------------------------------------------------
    select r.route_id, r.place::integer, r.name, r.integration_id, i.name,
           r.tags, r.urgency_min::text, r.incident_only, r.title_like,
           r.continues, r.enabled, coalesce(s.steps, '[]'), s.tells
      from (
           select *, row_number() over (order by position) as place
             from route) r
      left join integration i on i.integration_id = r.integration_id
      left join lateral (
           select jsonb_agg(jsonb_build_object(
                      'to', d.name,
                      'after_seconds', extract(epoch from s.after)::integer,
                      'until', s.until,
                      'repeat_seconds',
                      extract(epoch from s.repeat_every)::integer,
                      'repeat_max', s.repeat_max,
                      'tell_acknowledged', s.tell_acknowledged,
                      'tell_resolved', s.tell_resolved)
                      order by s.step_no) as steps,
                  string_agg(concat(d.name, ' after '
                          || nullif(short_time(extract(epoch from
                              s.after)::bigint), '0d'),
                      ' every ' || short_time(extract(epoch from
                          s.repeat_every)::bigint)
                          || format(' %s times', s.repeat_max),
                      case s.until when 'resolved'
                          then ' until resolved' end), ', '
                      order by s.step_no) as tells
             from step s
             join destination d on d.destination_id = s.destination_id
            where s.route_id = r.route_id) s on true
     where r.route_id = coalesce(i_id, r.route_id)
     order by r.position
$$;

comment on function tocsin_internal.describe_routes
is 'Return routes as operators see them.';
