-- SPDX-License-Identifier: ISC
-- What the SQL tests share; included after begin, gone with rollback.
-- Integrations: int_plain, int_token (token 'right'), int_off (disabled),
-- int_capture.

create schema fixture;
set local search_path = fixture, public, pgtap;

create sequence event_number;

-- UUIDv7 of the moment i_at; of one moment, in the order they are made.
create function make_id(i_at timestamptz default clock_timestamp())
returns uuid language sql volatile as $$
    select (substr(replace(tocsin_internal.uuid_floor(i_at)::text,
                           '-', ''), 1, 12)
            || '7000' || '8000'
            || lpad(to_hex(nextval('fixture.event_number')), 12, '0'))::uuid
$$;

insert into tocsin_internal.integration
    (integration_id, name, token_hash, enabled, capture_additional_data)
values
    ('int_plain', 'plain', null, true, false),
    ('int_token', 'with a token', sha256('right'), true, false),
    ('int_off', 'disabled', null, false, false),
    ('int_capture', 'capturing', null, true, true);

-- One event through ingest, with whatever a test does not care about.
create function post(
    i_event_type text, i_external_id text,
    i_integration_id text default 'int_plain',
    i_title text default 'Title',
    i_received_at timestamptz default '2026-01-01 00:00:00+00',
    i_event_id uuid default make_id(),
    i_source text default 'webhook',
    i_token_hash bytea default null,
    i_urgency text default null,
    i_tags text default '{}',
    i_meta jsonb default '{}',
    i_additional_data jsonb default null)
returns tocsin_api.receipt language sql volatile as $$
    select r
      from (select i_event_type = 'create' as is_create) c,
           tocsin_api.ingest(array[row(
               i_event_id, i_received_at, i_source, i_integration_id,
               i_token_hash, i_event_type, i_external_id,
               case when is_create then i_title end,
               case when is_create then '' end, i_urgency,
               case when is_create then i_tags end,
               case when is_create then '{}' end,
               case when is_create then i_meta end,
               case when is_create then false end, null, null,
               i_additional_data, case when is_create then '{}' end, null,
               '192.0.2.1')::tocsin_api.event_in]) r
$$;

-- The newest alert of an Id.
create function newest(
    i_external_id text, i_integration_id text default 'int_plain')
returns tocsin_internal.alert language sql volatile as $$
    select a
      from tocsin_internal.alert a
     where (integration_id, external_id)
           = (i_integration_id, i_external_id)
     order by (resolved_at is null) desc, alert_id desc
     limit 1
$$;
