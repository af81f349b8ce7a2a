-- SPDX-License-Identifier: ISC
-- Part of install.sql: take every lock that the rest needs, at the start and
-- in the order in which others take them, so that there is no deadlock and
-- the sessions in the way can be named.

do $$
declare
    _relation   regclass;
begin
    -- Views are replaced.  Newest first: a view that reads others was created
    -- after them, and its readers lock it first.
    for _relation in
        select c.oid
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('tocsin', 'tocsin_internal')
           and c.relkind = 'v'
         order by n.nspname, c.oid desc
    loop
        -- Changes nothing; LOCK TABLE would also lock the tables below.
        perform tocsin_internal.lock_soon(_relation, format(
            'alter view %s owner to %I', _relation, current_user));
    end loop;

    -- Only migrations change tables.  Ingest reads integration first, so no
    -- session that holds another of these locks waits for it.
    if (select max(version) from tocsin_internal.migration)
        < current_setting('tocsin.version')::integer
    then
        foreach _relation in array
            '{tocsin_internal.integration, tocsin_internal.event,
              tocsin_internal.alert}'::regclass[]
        loop
            perform tocsin_internal.lock_soon(_relation, format(
                'lock table %s in access exclusive mode', _relation));
        end loop;
    end if;
end;
$$;
