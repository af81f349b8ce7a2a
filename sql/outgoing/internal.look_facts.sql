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
--      Return how an alert is shown: its level, which is resolved,
--      acknowledged or its urgency, and the color of that, as #cc0000 and as
--      a number.
-- ----------------------------------------------------------------------
begin
    return (
        select jsonb_build_object(
                   'level', level, 'color', '#' || color,
                   'color_number', ('x' || color)::bit(24)::integer)
          from (values ('resolved', '2e9e5b'), ('acknowledged', '3b7dd8'),
               ('critical', 'cc0000'), ('high', 'e8590c'), ('medium', 'e6a700'),
               ('low', '6c8ebf'), ('silent', '8a8f98')) c(level, color)
         where level = case i_net.status when 'open' then i_net.urgency::text
                       else i_net.status::text end);
end;
$$;

comment on function tocsin_internal.look_facts
is 'Return how an alert is shown.';
