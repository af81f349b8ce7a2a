-- SPDX-License-Identifier: ISC
--
-- The views of tocsin over several cells: databases with responders and
-- spools of their own.  Run it in a database apart from them, as a role that
-- may use postgres_fdw, and again after an upgrade of a cell:
--
--      create extension postgres_fdw;
--      create server cell_a foreign data wrapper postgres_fdw
--          options (host 'a.example', dbname 'alerts',
--                   connect_timeout '2', async_capable 'true');
--      create user mapping for public server cell_a
--          options (user 'tocsin_reader');
--      ... and so on for each cell; the names begin with cell_
--      psql -d overview -f sql/dashboard/cells.sql
--
-- Makes the schema tocsin, with the views that all cells have and in them
-- the columns that all cells have, and a schema of each server's name for
-- its foreign tables.  While a cell is down, the views over all fail; those
-- of the others go on.
\set ON_ERROR_STOP on
begin;

-- The views of each cell, as foreign tables.
do $$
declare
    _server name;
begin
    for _server in
        select srvname from pg_foreign_server
         where srvname like 'cell\_%' order by srvname
    loop
        execute format('drop schema if exists %I cascade', _server);
        execute format('create schema %I', _server);
        execute format('import foreign schema tocsin from server %I into %I',
            _server, _server);
    end loop;
    if _server is null then
        raise exception using errcode = '55000',
            message = 'there is no foreign server whose name begins with cell_',
            hint = 'The head of this file says how to create one.';
    end if;
end;
$$;

-- And the union of each.  Definitions are the same in every cell.
create schema if not exists tocsin;
do $$
declare
    _cells  constant bigint := (
        select count(*) from pg_foreign_server where srvname like 'cell\_%');
    _view   record;
begin
    for _view in
        select c.relname as name,
               string_agg(format('select %s from %I.%I', c.columns,
                       c.nspname, c.relname),
                   case when c.relname = 'metric_definitions'
                        then ' union ' else ' union all ' end
                   order by c.nspname) as query
          from (select t.relname, n.nspname,
                       string_agg(quote_ident(a.attname), ', '
                           order by a.attnum) as columns
                  from pg_foreign_table f
                  join pg_foreign_server s on s.oid = f.ftserver
                  join pg_class t on t.oid = f.ftrelid
                  join pg_namespace n on n.oid = t.relnamespace
                  join pg_attribute a on a.attrelid = t.oid
                   and a.attnum > 0
                   and not a.attisdropped
                 where n.nspname = s.srvname
                   and s.srvname like 'cell\_%'
                   and _cells = (
                       select count(*)
                         from pg_foreign_server o
                         join pg_namespace m on m.nspname = o.srvname
                         join pg_class u
                           on u.relnamespace = m.oid
                          and u.relname = t.relname
                         join pg_attribute b
                           on b.attrelid = u.oid
                          and b.attname = a.attname
                        where o.srvname like 'cell\_%')
                 group by t.relname, n.nspname) c
         group by c.relname
        having count(*) = _cells
    loop
        execute format('drop view if exists tocsin.%I', _view.name);
        execute format('create view tocsin.%I as %s', _view.name,
            _view.query);
    end loop;
end;
$$;

commit;
