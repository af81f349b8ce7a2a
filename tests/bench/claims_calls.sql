-- SPDX-License-Identifier: ISC
-- The prepared calls of claims' sessions.
create function pg_temp.create_alerts(i_count bigint) returns bigint
language sql as $$
    select count(*)
      from tocsin_api.ingest(array(
           select row((lpad(to_hex((extract(epoch from clock_timestamp())
                          * 1000)::bigint), 12, '0') || '7'
                          || substr(md5(random()::text), 1, 3) || '8'
                          || substr(md5(random()::text), 1, 15))::uuid,
                      clock_timestamp(), 'webhook', i.integration_id, null,
                      'create', gen_random_uuid(), 'Example Incident Title',
                      '', null, '{}', '{}', '{}', false, null, null, null,
                      '{}', null, null)::tocsin_api.event_in
             from tocsin_internal.integration i, generate_series(1, i_count)
            where i.name = 'claims'))
$$;
create function pg_temp.claim_some() returns setof tocsin_api.job
language sql as $$
    select * from tocsin_api.relay_claim(
        '11111111-1111-4111-8111-111111111111', 64)
$$;
create function pg_temp.report(i_message uuid) returns void
language sql as $$
    select tocsin_api.relay_done('11111111-1111-4111-8111-111111111111',
        i_message, 200, null, null, 5, 'ok')
$$;
