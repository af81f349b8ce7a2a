-- SPDX-License-Identifier: ISC
-- Part of install.sql: take what the rest would wait for, at once, and in
-- the order in which others take it, so that nobody waits in a circle and
-- whoever is in the way is told of.

do $$
declare
    _relation   regclass;
begin
    -- Views are replaced.  One that reads others was made after them, and
    -- its readers lock it first.
    for _relation in
        select c.oid
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('tocsin', 'tocsin_internal')
           and c.relkind = 'v'
         order by n.nspname, c.oid desc
    loop
        -- Changes nothing; lock table would lock the tables as well.
        perform tocsin_internal.lock_soon(_relation, format(
            'alter view %s owner to %I', _relation, current_user));
    end loop;

    -- Tables are changed by migrations only.  Ingest reads integration
    -- first, so that nobody who has locked another waits for it.
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
