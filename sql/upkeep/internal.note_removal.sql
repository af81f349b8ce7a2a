-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.note_removal(
    i_before    timestamptz)
returns void
language sql
volatile
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.note_removal(1)
--
--      Note that events older than i_before have been removed from the
--      log: tocsin_api.log_since().
-- ----------------------------------------------------------------------
    insert into setting as s (name, value)
    values ('log_since',
            floor(extract(epoch from i_before) * 1000000)::bigint::text)
    on conflict (name) do update
       set value = excluded.value
     where s.value::bigint < excluded.value::bigint
$$;

comment on function tocsin_internal.note_removal
is 'Remember how much of the log has gone.';
