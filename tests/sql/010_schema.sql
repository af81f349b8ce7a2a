-- SPDX-License-Identifier: ISC
-- What is there, and that it is described, pinned and checked.
\set ON_ERROR_STOP on
begin;
set local search_path = public, pgtap;
select no_plan();

select schemas_are(
    array(select nspname from pg_namespace
           where nspname !~ '^tocsin' and nspname !~ '^pg_'
             and nspname <> 'information_schema')
        || '{tocsin, tocsin_api, tocsin_internal}',
    'tocsin has three schemas');
select set_eq(
    $$ select relname from pg_class
        where relnamespace = 'tocsin_internal'::regnamespace
          and relkind in ('r', 'p') and not relispartition $$,
    '{alert, event, heartbeat, integration, migration, responder,
      retired_token, rollup, setting, stale_rollup, ticker, transition,
      format, outbox, destination, destination_state, route, step,
      escalation, delivery, delivery_step, answer, attempt, relay}'::text[],
    'these are the tables');
select set_eq(
    $$ select proname from pg_proc
        where pronamespace = 'tocsin_api'::regnamespace
          and proname !~ '^board_' $$,
    '{ingest, schema_version, installation, log_since, admission,
      judge_senders, self_check, replication, responder_note,
      responder_last, clock_us, receipt_of, integration_add,
      integration_list, integration_show, integration_enable,
      integration_set, integration_rotate_token, setting_set,
      live_counts, maintain, demo_data, demo_remove, tick, tick_check,
      tick_counts, heartbeat_add, heartbeat_list, heartbeat_show,
      heartbeat_pause, heartbeat_resume, heartbeat_remove,
      heartbeat_ping, format_list, format_show, format_add,
      format_remove, relay_hello, relay_claim, relay_done, relay_bye,
      relay_check, destination_add,
      destination_set, destination_list, destination_show,
      destination_enable, destination_rotate_secret, destination_test,
      destination_remove, route_add, route_list, route_move,
      route_enable, route_remove, route_explain, delivery_list,
      delivery_show, delivery_retry, delivery_cancel, delivery_replay,
      outgoing_counts, relay_is_due}'::text[],
    'these are the functions of the API');
select is_empty(
    $$ select relname from pg_class
        where relnamespace in ('tocsin_api'::regnamespace)
          and relkind in ('r', 'p', 'v', 'm', 'S') $$,
    'the API has no tables and no views');
select is_empty(
    $$ select relname from pg_class
        where relnamespace in ('tocsin'::regnamespace)
          and relkind <> 'v' $$,
    'the schema for dashboards has views only');
select is_empty(
    $$ select proname from pg_proc
        where pronamespace = 'tocsin'::regnamespace $$,
    'the schema for dashboards has no functions');

-- Labels that C knows.
select enum_has_labels('tocsin_internal', 'outcome',
    '{created, duplicate, acknowledged, resolved, ignored,
      unknown_integration, disabled, forbidden}',
    'outcomes are those of the protocol');
select enum_has_labels('tocsin_internal', 'event_type',
    '{create, acknowledge, resolve}', 'so are the types of events');
select enum_has_labels('tocsin_internal', 'source',
    '{webhook, spool, operator, board, timer}', 'and their sources');
select is(
    (select array_agg(attname || ' ' || format_type(atttypid, null)
                      order by attnum)
       from pg_attribute
      where attrelid = 'tocsin_api.event_in'::regclass),
    array['event_id uuid', 'received_at timestamp with time zone',
        'source text', 'integration_id text', 'token_hash bytea',
        'event_type text', 'external_id text', 'title text',
        'description text', 'urgency text', 'tags text', 'dedup_keys text',
        'meta jsonb', 'incident boolean', 'incident_severity text',
        'incident_message text', 'additional_data jsonb', 'flags text',
        'request_id text', 'remote_addr text'],
    'what ingest takes is a contract');
select is(
    (select array_agg(attname || ' ' || format_type(atttypid, atttypmod)
                      order by attnum)
       from pg_attribute
      where attrelid = 'tocsin_api.receipt'::regclass),
    array['event_id uuid', 'outcome text', 'reason text', 'alert_id uuid',
        'status text'],
    'and so are its receipts');

-- Everything is described.
select is_empty(
    $$ select c.oid::regclass
         from pg_class c
        where c.relnamespace::regnamespace::text ~ '^tocsin'
          and c.relkind in ('r', 'p', 'v', 'c')
          and obj_description(c.oid, 'pg_class') is null
          and not (c.relkind = 'c'
                   and obj_description(c.reltype, 'pg_type') is not null) $$,
    'every table, view and row type has a comment');
select is_empty(
    $$ select c.oid::regclass || '.' || a.attname
         from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace::regnamespace::text ~ '^tocsin'
          and c.relkind in ('r', 'p', 'v', 'c')
          and not c.relispartition
          and c.oid <> 'tocsin_internal.verdict'::regclass
          and not a.attisdropped
          and col_description(c.oid, a.attnum) is null $$,
    'every column has a comment');
select is_empty(
    $$ select p.oid::regprocedure
         from pg_proc p
        where p.pronamespace::regnamespace::text ~ '^tocsin'
          and obj_description(p.oid, 'pg_proc') is null $$,
    'every function has a comment');
select is_empty(
    $$ select t.oid::regtype
         from pg_type t
        where t.typnamespace::regnamespace::text ~ '^tocsin'
          and t.typtype in ('d', 'e')
          and obj_description(t.oid, 'pg_type') is null $$,
    'every domain and enumerated type has a comment');
select is_empty(
    $$ select n.nspname
         from pg_namespace n
        where n.nspname ~ '^tocsin'
          and obj_description(n.oid, 'pg_namespace') is null $$,
    'every schema has a comment');
select is_empty(
    $$ select t.tgname
         from pg_trigger t
         join pg_class c on c.oid = t.tgrelid
        where c.relnamespace = 'tocsin_internal'::regnamespace
          and not t.tgisinternal and t.tgparentid = 0
          and obj_description(t.oid, 'pg_trigger') is null $$,
    'every trigger has a comment');

-- Functions that run with their owner's rights.
select isnt_empty(
    $$ select from pg_proc
        where pronamespace::regnamespace::text ~ '^tocsin'
          and prosecdef $$,
    'some functions run with their owner''s rights');
-- What a caller's search_path leads to is not ours.  A function that pins
-- none, so that it costs less or melts into its caller's plan, is called by
-- those that do: its owner alone may call it, and nothing else that runs
-- by itself, such as a view or a constraint, is built on it.
select is_empty(
    $$ select p.oid::regprocedure
         from pg_proc p
        where p.pronamespace::regnamespace::text ~ '^tocsin'
          and not coalesce(p.proconfig && array[
              'search_path=pg_catalog, tocsin_internal, pg_temp',
              'search_path=pg_catalog, pg_temp'], false)
          and (p.prosecdef
              or p.pronamespace <> 'tocsin_internal'::regnamespace
              or p.prorettype = 'trigger'::regtype
              or exists (
                  select from pg_depend d
                   where d.refclassid = 'pg_proc'::regclass
                     and d.refobjid = p.oid)
              or exists (
                  select
                    from aclexplode(coalesce(p.proacl,
                         acldefault('f', p.proowner))) a
                   where a.grantee <> p.proowner)) $$,
    'each function pins its search path, or only those that do call it');
select is_empty(
    $$ select p.oid::regprocedure
         from pg_proc p
        where p.pronamespace::regnamespace::text ~ '^tocsin'
          and p.proconfig @> '{plan_cache_mode=force_generic_plan}'
          and not p.proconfig @> '{enable_seqscan=off}' $$,
    'what is planned once, for tables that may be empty, reads by indexes');
select is_empty(
    $$ select p.oid::regprocedure
         from pg_proc p,
              aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.pronamespace::regnamespace::text ~ '^tocsin'
          and a.grantee = 0 $$,
    'no function is for everybody');
select isnt_empty(
    $$ select from pg_inherits i
         join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'tocsin_internal.event'::regclass
          and c.relname = 'event_default' $$,
    'the log has a default partition');
select is(
    (select count(*)
       from pg_inherits
      where inhparent = 'tocsin_internal.event'::regclass
        and inhrelid::regclass::text ~ to_char(
            now() at time zone 'UTC', '"event_"YYYY_MM')), 1::bigint,
    'the log has a partition for this month');

-- plpgsql_check reads the bodies, where it is installed.
select exists (select from pg_extension where extname = 'plpgsql_check')
    as has_check \gset
\if :has_check
select is_empty(
    $$ select c.*
         from pg_proc p
         join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
         left join pg_trigger t on t.tgfoid = p.oid and t.tgparentid = 0
        cross join lateral plpgsql_check_function(p.oid,
              coalesce(t.tgrelid, 0), oldtable => t.tgoldtable,
              newtable => t.tgnewtable, extra_warnings => true) c
        where p.pronamespace::regnamespace::text ~ '^tocsin' $$,
    'plpgsql_check finds nothing in any function');
\else
select diag('plpgsql_check is not installed: bodies were not checked');
\endif

select * from finish();
rollback;
