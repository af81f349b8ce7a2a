-- SPDX-License-Identifier: ISC

create or replace function tocsin_internal.secret_paths(
    i_template  jsonb)
returns text[]
language sql
immutable
set search_path = pg_catalog, tocsin_internal, pg_temp
as $$
-- ----------------------------------------------------------------------
-- Function: tocsin_internal.secret_paths(1)
--
--      Return JSON pointers (RFC 6901) to the strings of a template that name a
--      secret; they are valid in its rendered body, too.  Pass the template,
--      never a body, in which a sender's title may look like a secret.  Lists
--      are not searched: check_template allows no secret in them.
-- ----------------------------------------------------------------------
    with recursive places(path, value) as (
        select '', i_template
         union all
        select p.path || '/' || replace(replace(m.k, '~', '~0'), '/', '~1'),
               m.v
          from places p
         cross join lateral jsonb_each(
               case jsonb_typeof(p.value)
               when 'object' then p.value end) m(k, v))
    select coalesce(array_agg(path order by path), '{}')
      from places
     where jsonb_typeof(value) = 'string'
       and value #>> '{}' ~ E'^{{secret\\.[A-Za-z0-9_.-]{1,64}}}$'
$$;

comment on function tocsin_internal.secret_paths
is 'Return JSON pointers to the secrets of a template.';
