-- SPDX-License-Identifier: ISC
-- The transitions that ingest puts into the outbox, and the guards of
-- deliveries.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();

create function noted() returns text[] language sql as $$
    select array_agg(e.outcome || ' ' || e.external_id order by o.outbox_id)
      from tocsin_internal.outbox o
      join tocsin_internal.event e using (event_id)
     where e.alert_id = o.alert_id
$$;
create function is_watched(i_id text) returns boolean language sql as $$
    select watched
      from tocsin_internal.integration
     where integration_id = i_id
$$;
-- Several events in one call, so by apply_set.
create function post_all(variadic i_events text[])
returns bigint language sql as $$
    select count(*)
      from tocsin_api.ingest((
           select array_agg(row(make_id(), '2026-01-01 00:00:00+00',
                      'webhook', 'int_plain', null, split_part(e, ' ', 1),
                      split_part(e, ' ', 2),
                      case when c then 'Title' end, case when c then '' end,
                      null, case when c then '{}' end,
                      case when c then '{}' end,
                      case when c then '{}'::jsonb end,
                      case when c then false end, null, null, null,
                      case when c then '{}' end, null, '192.0.2.1')
                      ::tocsin_api.event_in order by n)
             from unnest(i_events) with ordinality u(e, n)
            cross join lateral (select e like 'create%') k(c)))
$$;

-- Nothing is watched.
select post('create', 'unwatched');
select post_all('create U1', 'create U2', 'acknowledge U1');
select is(noted(), null, 'without a route nothing is noted');

-- Who is watched.
insert into tocsin_internal.integration (integration_id, name, is_demo)
values ('int_demo', 'demonstration', true);
insert into tocsin_internal.route (position, name, integration_id)
values (1, 'plain', 'int_plain');
select ok(is_watched('int_plain'), 'a route watches its integration');
select ok(not is_watched('int_token'), 'and no other');
insert into tocsin_internal.integration (integration_id, name)
values ('int_later0', 'later');
select ok(not is_watched('int_later0'),
    'a new integration that no route concerns is not watched');
insert into tocsin_internal.route (position, name, enabled)
values (2, 'all', false);
select ok(not is_watched('int_later0'), 'a disabled route watches nobody');
update tocsin_internal.route set enabled = true where name = 'all';
select ok(is_watched('int_later0') and is_watched('int_token'),
    'an enabled one without an integration watches all');
select ok(not is_watched('int_demo'), 'but not the demonstration');
insert into tocsin_internal.integration (integration_id, name)
values ('int_later1', 'later');
select ok(is_watched('int_later1'), 'a new integration is watched at once');
insert into tocsin_internal.integration (integration_id, name, is_demo)
values ('int_demo1', 'demonstration', true);
select ok(not is_watched('int_demo1'), 'unless it is of the demonstration');

-- One event at a time.
select post('create', 'A');
select post('create', 'A');
select post('acknowledge', 'A');
select post('acknowledge', 'A');
select post('resolve', 'A');
select post('resolve', 'A');
select post('resolve', 'nothing');
select post('create', 'off', 'int_off');
select is(noted(), '{created A, acknowledged A, resolved A}'::text[],
    'each transition is noted, once and in order');
delete from tocsin_internal.outbox;

-- Many at a time; of one Id, in rounds.
select post_all('create B', 'create C', 'create B', 'resolve B', 'create B',
    'resolve nothing');
select is(
    array(select n from unnest(noted()) n where n like '% B'),
    '{created B, resolved B, created B}'::text[],
    'so it is in a batch, round by round');
select is(cardinality(noted()), 4, 'and no more than that');
delete from tocsin_internal.outbox;

select make_id() as twice \gset
select post('create', 'D', i_event_id => :'twice');
select post('create', 'D', i_event_id => :'twice');
select is(noted(), '{created D}'::text[],
    'an event that comes again is not noted again');

-- Deliveries.
insert into tocsin_internal.destination
    (destination_id, name, kind, address)
values ('dst_aaaaaaaaaaaa', 'duty', 'mail', 'duty@example.org');
select is((select count(*) from tocsin_internal.destination_state), 1::bigint,
    'a destination has a state');
create function deliver(i_state text) returns bigint language sql as $$
    insert into tocsin_internal.delivery (destination_id, alert_id, notice,
           notice_id, urgency, state, reason, created_at, due_at, expires_at,
           sent_at, message_id, leased_by, leased_until)
    select 'dst_aaaaaaaaaaaa', i.id, 'created', i.id, 'high',
           i_state::tocsin_internal.delivery_state, 'no reason', now(), now(),
           now() + '1 day', now(), i.id, l.id, l.until
      from (select make_id() as id) i
     cross join lateral (
           select case when i_state = 'sending' then i.id end as id,
                  case when i_state = 'sending' then now() end as until) l
    returning delivery_id
$$;
create function put(i_id bigint, i_state text) returns void
language sql as $$
    update tocsin_internal.delivery
       set state = i_state::tocsin_internal.delivery_state,
           leased_by = case when i_state = 'sending' then message_id end,
           leased_until = case when i_state = 'sending' then now() end
     where delivery_id = i_id
$$;
-- How a delivery comes into a state, by rows of delivery_step.
create function lead(i_state text) returns bigint language plpgsql as $$
declare
    _id bigint := deliver('due');
begin
    if i_state in ('sending', 'sent') then
        perform put(_id, 'sending');
    end if;
    if i_state not in ('due', 'sending') then
        perform put(_id, i_state);
    end if;
    return _id;
end;
$$;
create function attempt(i_statement text) returns text language plpgsql as $$
begin
    execute i_statement;
    return 'done';
exception when others then
    return sqlstate;
end;
$$;
select is(attempt(format('select deliver(%L)', s)),
    case s when 'due' then 'done' else 'TO001' end,
    format('a delivery and %s: it begins as due only', s))
  from unnest(enum_range(null::tocsin_internal.delivery_state)::text[]) s;
select is(attempt(format('select put(lead(%L), %L)', f, t)),
    case when f = t or exists (
        select from tocsin_internal.delivery_step
         where from_state::text = f and to_state::text = t)
        then 'done' else 'TO001' end,
    format('a delivery from %s to %s, as delivery_step says', f, t))
  from unnest(enum_range(null::tocsin_internal.delivery_state)::text[]) f,
       unnest(enum_range(null::tocsin_internal.delivery_state)::text[]) t;
select is(
    attempt(format('delete from tocsin_internal.delivery'
        ' where delivery_id = %s', lead(s))),
    case when s in ('due', 'sending') then 'TO001' else 'done' end,
    format('a delivery that is %s can be removed if it does not wait', s))
  from unnest(enum_range(null::tocsin_internal.delivery_state)::text[]) s;
select is(attempt('truncate tocsin_internal.delivery'), 'TO001',
    'deliveries cannot be truncated');
select is(attempt(format('update tocsin_internal.delivery set %s'
        ' where delivery_id = %s', what, lead('due'))), 'TO001',
    format('nobody can set %s of a delivery', what))
  from unnest(array['notice_id = make_id()', 'alert_id = make_id()',
           'destination_id = ''x''', 'notice = ''resolved''',
           'created_at = ''2000-01-01''']) what;
select is(attempt(statement), 'TO001', 'nobody can: ' || statement)
  from unnest(array['truncate tocsin_internal.answer',
           'delete from tocsin_internal.answer',
           'update tocsin_internal.delivery_step set to_state = ''due''',
           'insert into tocsin_internal.delivery_step'
           ' values (''sent'', ''cancel'', ''cancelled'')']) statement;

-- Addresses.
select is(attempt(format('insert into tocsin_internal.destination
        (destination_id, name, kind, format, address)
        values (''dst_'' || %1$L, %1$L, %2$L, %3$L, %4$L)',
            substr(md5(address), 1, 12), kind,
            case kind when 'webhook' then 'standard' end, address)),
    verdict, format('%s %s', kind, address))
  from (values
       ('webhook', 'https://example.org:8443/a?b=c', 'done'),
       ('webhook', 'https://[2001:db8::1]/', 'done'),
       ('webhook', 'ftp://example.org/', '23514'),
       ('webhook', 'https://user@example.org/', '23514'),
       ('webhook', 'https:///a', '23514'),
       ('webhook', E'https://example.org/\n', '23514'),
       ('webhook', 'https://example.org\@other', '23514'),
       ('mail', 'a@example.org,b@example.org', 'done'),
       ('mail', '-a@example.org', '23514'),
       ('mail', 'a@example.org,-b@example.org', '23514'),
       ('mail', 'a@example.org,', '23514'),
       ('mail', 'a b@example.org', '23514'),
       ('mail', '<a@example.org>', '23514'),
       ('command', 'page-me', 'done'),
       ('command', '../page', '23514'),
       ('command', '', '23514')) t(kind, address, verdict);

select * from finish();
rollback;
