-- SPDX-License-Identifier: ISC
--
-- What tocsin-relay calls, without what decides: jobs are rows that a test
-- writes, and what the relay says of them is kept.  In an empty database; the
-- variable schema is the version that the program wants.

\set ON_ERROR_STOP on
create schema tocsin_api;
create type tocsin_api.event_in as (n integer);
\set body 'select ' :schema
create function tocsin_api.schema_version() returns integer
language sql as :'body';

create table said (
    n       integer generated always as identity,
    what    text,
    relay   uuid,
    message uuid,
    status  integer,
    error   text,
    after   integer,
    took    integer,
    excerpt text
);

create type tocsin_api.job as (
    message_id uuid, destination_id text, kind text, address text,
    headers jsonb, content_type text, body text, secret_paths text[],
    webhook_id text, hops integer, secrets text[], timeout_ms integer,
    pin text, mail_to text, mail_subject text, mail_message_id text,
    mail_references text, notice text, notice_id uuid, alert_id uuid,
    delivery_count integer);

create table waiting (n integer generated always as identity,
    job tocsin_api.job);

-- Let a job wait; what it leaves out has a default.
create function add(i_job jsonb) returns uuid
language sql as $$
    insert into waiting (job)
    select jsonb_populate_record(null::tocsin_api.job,
               jsonb_build_object('message_id', gen_random_uuid(),
                   'destination_id', 'dst_test', 'kind', 'webhook',
                   'headers', '{}'::jsonb, 'body', '{"a":1}',
                   'timeout_ms', 15000, 'notice', 'created',
                   'notice_id', gen_random_uuid()) || i_job)
    returning (job).message_id
$$;

create type tocsin_api.tick_result as (
    done integer, busy boolean, next_at timestamptz);
create function tocsin_api.tick(i_limit integer, i_rest interval)
returns tocsin_api.tick_result
language sql as 'select 0, false, null::timestamptz';

create function tocsin_api.relay_hello(
    i_relay uuid, i_host text, i_pid integer, i_version text,
    i_clock_us bigint) returns boolean
language sql as $$
    insert into public.said (what, relay) values ('hello', i_relay);
    select not exists (select from public.said where what = 'overdue')
$$;

create function tocsin_api.relay_claim(i_relay uuid, i_room integer)
returns setof tocsin_api.job
language sql as $$
    with taken as (
        delete from public.waiting
         where n in (select n from public.waiting order by n limit i_room)
     returning job)
    select (job).* from taken
$$;

create function tocsin_api.relay_done(i_relay uuid, i_message_id uuid,
    i_status integer, i_error text, i_retry_after integer, i_took_ms integer,
    i_excerpt text) returns void
language sql as $$
    insert into public.said
        (what, relay, message, status, error, after, took, excerpt)
    values ('done', i_relay, i_message_id, i_status, i_error, i_retry_after,
        i_took_ms, i_excerpt)
$$;

create function tocsin_api.relay_bye(i_relay uuid) returns void
language sql as
    'insert into public.said (what, relay) values (''bye'', i_relay)';
