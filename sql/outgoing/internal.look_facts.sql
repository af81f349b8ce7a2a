-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.look_facts(
    i_net   tocsin_internal.net)
returns jsonb
language plpgsql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.look_facts(1)
--
--      Return how to present an alert: its level, which is resolved,
--      acknowledged or else its urgency, and the level's color, like #cc0000
--      and as a number.
-- ----------------------------------------------------------------------
declare
    _level  constant text := case i_net.status when 'open'
                then i_net.urgency::text else i_net.status::text end;
    _color  constant text := case _level
                when 'resolved' then '2e9e5b' when 'acknowledged' then '3b7dd8'
                when 'critical' then 'cc0000' when 'high' then 'e8590c'
                when 'medium' then 'e6a700' when 'low' then '6c8ebf'
                when 'silent' then '8a8f98' end;
begin
    return jsonb_build_object('level', _level, 'color', '#' || _color,
        'color_number', ('x' || _color)::bit(24)::integer);
end;
$$;

comment on function tocsin_internal.look_facts
is 'Return level and color of an alert.';
