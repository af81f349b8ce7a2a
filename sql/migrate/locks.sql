-- SPDX-License-Identifier: ISC
-- Part of install.sql: take every lock that the rest needs, at the start and
-- in the order in which others take them, so that there is no deadlock and
-- the sessions in the way can be named.

do $$
declare
    _relation   regclass;
begin
    -- Views are replaced, but not those that others have put beside them.
    -- Newest first: a view that reads others was created after them, and its
    -- readers lock it first.
    for _relation in
        select c.oid
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('tocsin', 'tocsin_internal')
           and c.relkind = 'v'
           and pg_get_userbyid(c.relowner) = current_user
         order by n.nspname, c.oid desc
    loop
        -- Changes nothing; LOCK TABLE would also lock the tables below.
        perform tocsin_internal.lock_soon(_relation, format(
            'alter view %s owner to %I', _relation, current_user));
    end loop;

    -- Only migrations change tables, these ones, and events wait for as long
    -- as they are locked.  Ingest reads integration first, so no session that
    -- holds another of these locks waits for it.
    for _relation in
        select t.relation::regclass
          from (values
               (1, 'tocsin_internal.integration', '{2, 3}'::integer[]),
               (2, 'tocsin_internal.event', '{3}'),
               (3, 'tocsin_internal.alert', '{2, 3}'))
               as t(place, relation, migrations)
         where (select max(version) from tocsin_internal.migration)
               < any (t.migrations)
         order by t.place
    loop
        perform tocsin_internal.lock_soon(_relation, format(
            'lock table %s in access exclusive mode', _relation));
    end loop;
end;
$$;
