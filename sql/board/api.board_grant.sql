-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_grant()
returns void
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_grant(0)
--
--      Grant the responder's role execution of the board's functions, or
--      revoke it, according to the setting board.  Does nothing if one
--      role owns everything.
-- ----------------------------------------------------------------------
declare
    _on     boolean := exists (
        select from setting where name = 'board' and value = 'on');
    _roles  boolean := exists (
        select
          from pg_namespace n
          join pg_roles r on r.rolname = 'tocsin_web'
         where n.nspname = 'tocsin_internal'
           and pg_get_userbyid(n.nspowner) = 'tocsin_owner');
    _name   text;
begin
    if not _roles then
        return;
    end if;
    foreach _name in array
        '{board_check, board_counts, board_alerts, board_hours,
          board_integrations, board_heartbeats, board_alert,
          board_events, board_token}'::text[]
    loop
        execute format(case when _on
            then 'grant execute on function tocsin_api.%I to tocsin_web'
            else 'revoke all on function tocsin_api.%I from tocsin_web' end,
            _name);
    end loop;
end;
$$;

comment on function tocsin_api.board_grant
is 'Grant or revoke the responder''s access to the board''s functions.';
