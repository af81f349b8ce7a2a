-- SPDX-License-Identifier: ISC

create or replace function tocsin_api.board_enable(
    i_on    boolean)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_api.board_enable(1)
--
--      Turn the board on or off: grant or revoke the responder's access to
--      its data.  Creates the secret of its forms the first time.
--
-- Parameters:
--      i_on    - null: change nothing
--
-- Returns:
--      whether the board is on
-- ----------------------------------------------------------------------
begin
    if i_on is not null then
        insert into setting (name, value)
        values ('board', case when i_on then 'on' else 'off' end)
            on conflict (name) do update set value = excluded.value;
        insert into setting (name, value)
        select 'board_secret', gen_random_uuid()::text || gen_random_uuid()
         where i_on
            on conflict (name) do nothing;
        perform tocsin_api.board_grant();
    end if;
    return exists (
        select from setting where name = 'board' and value = 'on');
end;
$$;

comment on function tocsin_api.board_enable
is 'Turn the board on or off in the database.';
