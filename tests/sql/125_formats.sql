-- SPDX-License-Identifier: ISC
-- What messages look like: each format, whatever a sender writes.
\set ON_ERROR_STOP on
begin;
\ir ../lib/fixture.sql
select no_plan();
set local timezone = 'UTC';

create function told(
    i_external_id text, i_notice text default 'created')
returns tocsin_internal.told language sql volatile as $$
    select (n.alert_id, i_notice, n.alert_id, '2026-01-01 12:00+00')
               ::tocsin_internal.told
      from newest(i_external_id) n
$$;
create function facts(variadic i_told tocsin_internal.told[])
returns jsonb language sql volatile as $$
    select tocsin_internal.facts_of(i_told, '2026-01-01 18:00+00', 'UTC')
$$;
create function rendered(i_format text, i_facts jsonb)
returns jsonb language sql stable as $$
    select tocsin_internal.render(f, i_facts)
      from tocsin_internal.format f
     where name = i_format
$$;
-- All strings in a document, and where they are.
create function strings(i_document jsonb)
returns table (path text, value text) language sql immutable as $$
    with recursive parts(path, value) as (
        select '', i_document
         union all
        select p.path || '/' || m.k, m.v
          from parts p
         cross join lateral (
               select k, v
                 from jsonb_each(case jsonb_typeof(p.value)
                      when 'object' then p.value end) o(k, v)
                union all
               select '*', v
                 from jsonb_array_elements(case jsonb_typeof(p.value)
                      when 'array' then p.value end) a(v)) m)
    select path, value #>> '{}' from parts where jsonb_typeof(value) = 'string'
$$;

-- ----------------------------------------------------------------------
-- Cutting
-- ----------------------------------------------------------------------

select is(tocsin_internal.shorten('abc', 3, 3), 'abc', 'what fits is kept');
select is(tocsin_internal.shorten('abcdef', 4, null), 'abc…',
    'what does not is cut, with an ellipsis');
select is(tocsin_internal.shorten('abcdef', null, 5), 'ab…',
    'which counts in bytes, too');
select is(tocsin_internal.shorten('ääää', null, 7), 'ää…',
    'no character is cut');
select is(tocsin_internal.shorten('😀😀😀', 5, null), '😀😀…',
    'one beyond U+FFFF counts twice');
select is(tocsin_internal.shorten('abcdef', 0, null), '',
    'nothing where there is no room');
select is(tocsin_internal.shorten('x&amp;&lt;&lt;', 9, null), 'x&amp;…',
    'no entity is cut');
select is_empty(
    $$ select n, b, t, s
         from (values (repeat('a😀', 40)), (repeat('ä€', 40)),
              (repeat('&amp;', 40))) v(t)
        cross join generate_series(1, 60) n
        cross join (values (null), (3), (20), (77)) c(b)
        cross join lateral tocsin_internal.shorten(t, n, b) s
        where tocsin_internal.exceeds(s, n, b)
           or s <> t and s <> '' and
              (s not like '%…' or left(t, char_length(s) - 1)
                  <> left(s, -1)) $$,
    'whatever the limit is, it is kept');

-- ----------------------------------------------------------------------
-- Escaping
-- ----------------------------------------------------------------------

select is(tocsin_internal.escape_text('<!channel> & @all [a](b) `c`', e), w, e)
  from (values
       ('slack', '&lt;!channel&gt; &amp; @all [a](b) `c`'),
       ('markdown', U&'<!channel> & @all [a]\200B(b) ''c'''),
       ('paragraphs', U&'<!channel> & @all [a]\200B(b) ''c'''),
       ('at_sign', U&'<!channel> & @\200Ball [a]\200B(b) ''c'''),
       ('none', '<!channel> & @all [a](b) `c`')) v(e, w);
select is(tocsin_internal.escape_text(E'a\n\n\nb\nc', 'paragraphs'),
    E'a\n\nb\n\nc', 'paragraphs are parted by an empty line');
select is(tocsin_internal.one_line(U&' a\0009\000D\000Ab\2028\202Ec\0001 '),
    'a b c', 'a line is one line');
select is(
    tocsin_internal.plain_text(
        '<p>x &lt; 3 &amp;amp; y<br/>z</p><b>bold</b> 1 < 2 > 1 <a
         href="https://h">l</a>' || E'\r\n\n\n\n.'),
    E'x < 3 &amp; y\nz\nbold 1 < 2 > 1 l\n\n.', 'tags are left out');

-- ----------------------------------------------------------------------
-- What may stand in a template
-- ----------------------------------------------------------------------

create function filled(i_template jsonb, i_facts jsonb)
returns jsonb language sql volatile as $$
    select tocsin_internal.render(
        jsonb_populate_record(null::tocsin_internal.format,
            jsonb_build_object('audience', 'machines', 'escape', 'none',
                'template', i_template)), i_facts)
$$;
select is(filled(t::jsonb, '{"title": "T {{status}} {{secret.a}}",
        "status": "open", "count": 3, "tags": ["a", "b"], "url": null,
        "meta": {"k.x": 5}, "text": "", "urgency": "high",
        "alerts": [{"title": "A"}, {"title": "B"}]}'),
    w::jsonb, d)
  from (values
       ('{"a": "{{title}}, {{count}}: {{tags}}"}',
        '{"a": "T {{status}} {{secret.a}}, 3: a, b"}',
        'values are put in once'),
       ('{"a": "{{url}}", "b": ["{{text}}", "x"], "c": "-{{url}}-"}',
        '{"b": ["x"], "c": "--"}', 'what is empty is left out'),
       ('{"a": "{{meta.k.x}}{{meta.none}}"}', '{"a": "5"}',
        'meta has members'),
       ('{"a": {"$json": "tags"}, "b": {"$json": "url"}}',
        '{"a": ["a", "b"], "b": null}', 'values as they are'),
       ('{"a": {"$n": "count"}, "b": {"$n": "title"}}',
        '{"a": 3, "b": null}', 'numbers'),
       ('{"a": {"$map": "urgency", "of": {"high": 4}},
          "b": {"$map": "status", "of": {"high": 4}, "else": "none"},
          "c": {"$map": "status", "of": {}}}',
        '{"a": 4, "b": "none", "c": null}', 'maps'),
       ('{"a": {"$each": "alerts", "item": {"t": "{{title}} {{status}}"}},
          "b": {"$each": "tags", "item": "<{{item}}>"},
          "c": {"$each": "links", "item": "{{url}}"}}',
        '{"a": [{"t": "A open"}, {"t": "B open"}], "b": ["<a>", "<b>"],
          "c": []}', 'lists'),
       ('{"a": "{{secret.key}}", "b": {"c": true, "d": null, "e": 1.50}}',
        '{"a": "{{secret.key}}", "b": {"c": true, "d": null, "e": 1.50}}',
        'all else stays')) v(t, w, d);
select is(
    tocsin_internal.secret_paths('{"a": "{{secret.x}}", "b/~": {"c":
        "{{secret.y-2}}"}, "d": "{{title}}", "e": ["{{secret.z}}"],
        "f": "x{{secret.x}}"}'),
    '{/a,/b~1~0/c}', 'places of secrets are pointers');

-- ----------------------------------------------------------------------
-- Facts
-- ----------------------------------------------------------------------

select post('create', 'one', i_title => 'Disk full',
    i_received_at => '2026-01-01 10:02+00', i_urgency => 'critical',
    i_tags => '{db,prod}', i_meta => '{"rack": 4}') \g /dev/null
select is(facts(told('one')) ->> 'summary', 'Critical: Disk full (plain)',
    'a summary has urgency, title and integration');
select is(facts(told('one')) -> 'lines', '["opened 10:02"]',
    'of one alert the story is told');
select is(facts(told('one')) ->> 'age', '07:58:00', 'and its age');
select is(facts(told('one', n)) ->> 'summary', w, n)
  from (values ('escalated', 'Escalated, critical: Disk full (plain)'),
       ('reminder', 'Reminder, critical: Disk full (plain)')) v(n, w);
select post('acknowledge', 'one',
    i_received_at => '2026-01-01 10:03+00') \g /dev/null
select is(facts(told('one', 'acknowledged')) ->> 'summary',
    'Acknowledged: Disk full (plain)', 'an acknowledged one');
select post('resolve', 'one',
    i_received_at => '2026-01-02 10:05+00') \g /dev/null
select is(facts(told('one'), told('one', 'resolved')) -> 'lines',
    '["opened 10:02, acknowledged 10:03, resolved 2026-01-02 10:05"]',
    'the story of all notices is told once');
select is(facts(told('one'), told('one', 'resolved')) ->> 'count', '1',
    'it is one alert');
select is(facts(told('one'), told('one', 'resolved')) ->> 'event', 'resolved',
    'and it is resolved');
select is(
    (select jsonb_build_array(f -> 'status', f -> 'acknowledged_at',
                f -> 'resolved_at')
       from facts(told('one', n)) f), w::jsonb, n || ' is told as it was')
  from (values ('created', '["open", null, null]'),
       ('acknowledged',
        '["acknowledged", "2026-01-01T10:03:00.000000Z", null]'),
       ('resolved', '["resolved", "2026-01-01T10:03:00.000000Z",
                      "2026-01-02T10:05:00.000000Z"]')) v(n, w);
select is(facts(told('one')) -> 'url', 'null', 'no board, no link');
insert into tocsin_internal.setting
values ('board_url', 'https://h.example/board/');
select is(facts(told('one')) ->> 'url',
    'https://h.example/board/alert/' || (told('one')).alert_id,
    'the link is of the board''s page');
create temp table test as
select facts((null, 'test', make_id(), now())::tocsin_internal.told) f;
select is(f ->> 'summary', 'Test: Test message (tocsin)', 'a test is told')
  from test;
create temp table deleted as
select facts((make_id(), 'resolved', make_id(), now())
           ::tocsin_internal.told) f;
select is(f ->> 'summary', 'Resolved: Alert that was deleted (unknown)',
    'an alert that was deleted is told all the same') from deleted;

-- A storm: a thousand of one integration, one of another.
insert into tocsin_internal.alert
    (alert_id, integration_id, external_id, status, title, urgency,
     created_at, last_event_at)
select make_id(at), 'int_plain', 'storm ' || n, 'open', 'Storm ' || n,
       'medium', at, at
  from generate_series(1, 1000) n
 cross join (values (timestamptz '2026-01-01 11:00+00')) t(at);
select post('create', 'lone', 'int_capture', 'Lone',
    '2026-01-01 10:00+00', i_urgency => 'low') \g /dev/null
select post('resolve', 'storm 7',
    i_received_at => '2026-01-01 11:01+00') \g /dev/null
create temp table storm as
select tocsin_internal.facts_of(array_agg((alert_id, 'created', alert_id,
           created_at)::tocsin_internal.told), '2026-01-01 12:00+00', 'UTC') f
  from tocsin_internal.alert
 where external_id like 'storm %' or external_id = 'lone';
select is(f ->> 'summary',
    'Medium: 1001 alerts, 1000 open, 1 resolved', 'a storm has numbers')
  from storm;
select is(jsonb_array_length(f -> 'lines'), 6,
    'five lines of one integration, one of the other') from storm;
select is(f -> 'lines' ->> 5, 'low: Lone (capturing), opened 10:00',
    'the lone one is seen, last for its urgency') from storm;
select is(f -> 'rest', '["plain: 995 more, 994 open, 1 resolved"]',
    'the others are counted') from storm;
select is(f ->> 'url', 'https://h.example/board', 'the link is of the board')
  from storm;

-- Sixty integrations.
insert into tocsin_internal.integration (integration_id, name)
select 'int_of' || n, 'of ' || lpad(n::text, 2, '0')
  from generate_series(1, 80) n;
select post('create', 'many ' || k, 'int_of' || n,
           i_received_at => '2026-01-01 11:00+00')
  from generate_series(1, 80) n, generate_series(1, 2) k \g /dev/null
create temp table many as
select tocsin_internal.facts_of(array_agg((alert_id, 'created', alert_id,
           created_at)::tocsin_internal.told), '2026-01-01 12:00+00', 'UTC') f
  from tocsin_internal.alert
 where external_id like 'many %';
select is(jsonb_array_length(f -> 'lines'), 50, 'fifty lines in all')
  from many;
select is(
    (select count(distinct substring(l, '\(.*\)'))
       from jsonb_array_elements_text(f -> 'lines') l), 50::bigint,
    'of fifty integrations') from many;
select is(jsonb_array_length(f -> 'rest'), 21, 'twenty are counted')
  from many;
select is(
    (select sum(substring(l, '(\d+) more')::integer)
       from jsonb_array_elements_text(f -> 'rest') l), 110::bigint,
    'and the numbers add up') from many;

-- Deliveries.
insert into tocsin_internal.destination
    (destination_id, name, kind, format, address, hours_from, hours_to,
     hours_zone)
values
    ('dst_aaaaaaaaaaaa', 'a', 'webhook', 'slack', 'https://h', '08:00',
     '20:00', 'Asia/Tokyo'),
    ('dst_bbbbbbbbbbbb', 'b', 'webhook', 'slack', 'https://h', null, null,
     null);
insert into tocsin_internal.delivery
    (destination_id, alert_id, notice, notice_id, urgency, created_at, due_at,
     expires_at)
select d, alert_id, n::tocsin_internal.notice, make_id(), 'low', at, at,
       at + interval '1 day'
  from newest('one'),
       (values ('created', '2026-01-01 10:02+00'::timestamptz),
       ('resolved', '2026-01-02 10:05+00')) v(n, at),
       (values ('dst_aaaaaaaaaaaa'), ('dst_bbbbbbbbbbbb')) o(d);
select is(
    (select tocsin_internal.facts(array_agg(delivery_id),
                '2026-01-02 12:00+00') -> 'lines' ->> 0
       from tocsin_internal.delivery where destination_id = d),
    w, 'a message of two deliveries, in ' || z)
  from (values
       ('dst_aaaaaaaaaaaa', 'the zone of the destination', 'opened'
        ' 2026-01-01 19:02, acknowledged 2026-01-01 19:03, resolved 19:05'),
       ('dst_bbbbbbbbbbbb', 'that of the session', 'opened'
        ' 2026-01-01 10:02, acknowledged 2026-01-01 10:03, resolved 10:05'))
       v(d, z, w);
select is(tocsin_internal.facts('{}'), null, 'no deliveries, no message');

-- ----------------------------------------------------------------------
-- Each format, whatever is written
-- ----------------------------------------------------------------------

create temp table naughty (n integer generated always as identity, t text);
insert into naughty (t) values
    ('<!channel> <!here> <@U123> <https://e.example|bank> &lt;'),
    ('@everyone @here @channel @all @admin <@123> <@&456>'),
    ('[bank](https://e.example) [a][b] [b]: https://e.example'),
    ('`code` ```block``` ~~~ **bold** __u__ ||spoiler|| # h'),
    ('{{secret.pd}}'), ('{{title}} {{lines}} {{summary}}'), ('}}{{'), ('{{'),
    ('{"$json": "meta"}'), ('"quoted" \ back\\slash \u0000 \n'), ('null'),
    (E'a\r\nBcc: evil@e.example\r\n\r\nbody'), (E'\t\x01\x1f\x7f x'),
    ('<script>alert(1)</script>'), ('&amp;&#60;'), ('%s %n $1 {} ${x}'),
    (U&'\2028\2029 \202Ereversed \FEFF x'), ('😀👩‍👩‍👧‍👦🇩🇪é'),
    (repeat('😀', 1024)), (repeat('&', 1024)), (repeat('@', 1024)),
    (repeat('"', 1024)), (repeat('\', 1024)), (repeat('€', 1024)),
    (repeat('`', 1024)), (repeat(']', 1024)), (repeat(E'x\n', 512)),
    ('/help'), ('-'), ('0'), ('𝕋𝕙𝕖 ℚ𝕦𝕚𝕔𝕜 ̷̶ z̀́'), ('Ω≈ç√∫˜µ≤≥÷ 田中さん ﷽');
select post('create', 'bad ' || n, i_title => t,
           i_meta => jsonb_build_object('k', t))
  from naughty \g /dev/null
-- What a description takes: 64 KiB.
update tocsin_internal.alert a
   set description = repeat(n.t, 1 + 60000 / octet_length(n.t)),
       tags = array[left(n.t, 255), 'x'], incident = n.n % 2 = 0,
       incident_severity = case when n.n % 2 = 0 then 'SEV-2' end
           ::tocsin_internal.severity,
       incident_message = case when n.n % 2 = 0 then n.t end
  from naughty n
 where a.external_id = 'bad ' || n.n;
create temp table facts as
select 'bad ' || n as name, t, facts(told('bad ' || n)) as f from naughty
 union all select 'storm', 'Storm', f from storm
 union all select 'many', 'Title', f from many
 union all select 'test', 'Test message', f from test
 union all select 'deleted', 'Alert that was deleted', f from deleted
 union all
select 'all bad', '', tocsin_internal.facts_of(array_agg(
           told('bad ' || n)), '2026-01-01 12:00+00', 'UTC') from naughty;
create temp table bodies as
select o.name as format, o.audience, o.escape, f.name, f.t, f.f,
       tocsin_internal.render(o, f.f) as body
  from facts f
 cross join tocsin_internal.format o
 where o.audience = 'people' or f.f ->> 'count' = '1';
select is((select count(*) from bodies), 13 * 34::bigint + 9 * 3,
    'each format makes a body of each');
select is_empty(
    $$ select format, name from bodies
        where jsonb_typeof(body) is distinct from 'object'
           or body::text::jsonb <> body $$,
    'which is always an object of JSON');

-- What has to be there, and how long it may be.  Lengths as in UTF-16.
create temp table rules (format text, path text, most integer, bytes integer);
insert into rules values
    ('standard', '/data/description', null, 8192),
    ('pagerduty', '/payload/summary', 1024, null),
    ('pagerduty', '/payload/source', 255, null),
    ('slack', '/text', 3000, null),
    ('slack', '/attachments/*/text', 3000, null),
    ('slack', '/attachments/*/fallback', 3000, null),
    ('mattermost', '/text', 4000, null),
    ('mattermost', '/attachments/*/text', 6000, null),
    ('rocketchat', '/text', 5000, null),
    ('rocketchat', '/attachments/*/text', 5000, null),
    ('discord', '/content', 2000, null),
    ('discord', '/embeds/*/title', 256, null),
    ('discord', '/embeds/*/description', 4096, null),
    ('telegram', '/text', 4096, null),
    ('ntfy', '/title', null, 1024),
    ('ntfy', '/message', null, 4096),
    ('gotify', '/title', 250, null),
    ('gotify', '/message', 4000, null),
    ('pushover', '/title', 250, null),
    ('pushover', '/message', 1024, null),
    ('pushover', '/url', 512, null);
select is_empty(
    $$ select r.format, r.path, b.name
         from rules r
         join bodies b using (format)
         left join lateral (
              select value from strings(b.body) s
               where s.path = r.path) s on true
        where s.value is null and r.path <> '/data/description'
          and (r.path <> '/attachments/*/text'
               or b.name not in ('test', 'deleted'))
           or s.value = '' and r.format <> 'standard'
           or tocsin_internal.exceeds(s.value, r.most, r.bytes) $$,
    'texts are there, and as long as the receivers take');
select is_empty(
    $$ select name, octet_length(body::text) from bodies
        where format = 'teams' and octet_length(body::text) > 28000 $$,
    'a card has 28 KB at most');
select is_empty(
    $$ select name from bodies
        where format = 'discord'
          and tocsin_internal.utf16_length(body ->> 'content')
              + tocsin_internal.utf16_length(body #>> '{embeds,0,title}')
              + tocsin_internal.utf16_length(
                  body #>> '{embeds,0,description}') > 6000 $$,
    'an embed and its message have 6000 characters at most');
select isnt_empty(
    format($$ select from bodies b, strings(b.body)
               where name = 'bad 19' and format = %L and value like '%%…%%' $$,
        format), format || ' is cut where that is due')
  from (select distinct format from rules
         where format <> 'standard') r;

select is_empty(
    format($$ select format
                from (select o.name, tocsin_internal.render(o, %L)
                        from tocsin_internal.format o) b(format, body)
               where format in ('slack', 'mattermost', 'rocketchat', 'discord',
                   'teams', 'telegram', 'ntfy', 'gotify', 'pushover',
                   'pagerduty', 'standard')
                 and body::text not like '%%https://[::1]:8/board/alert/%%' $$,
        f || '{"url": "https://[::1]:8/board/alert/x",
               "links": [{"url": "https://[::1]:8/board/alert/x"}]}'),
    'links lead where they are to lead')
  from facts where name = 'bad 1';

-- Nobody is mentioned, and no link hides its address.
select is_empty(
    $$ select b.name, s.* from bodies b, strings(b.body) s
        where escape = 'slack' and s.path <> '/attachments/*/title_link'
          and (value ~ '[<>]' or value ~ '&(?!(amp|lt|gt);)') $$,
    'in Slack no mark-up begins');
select is_empty(
    $$ select b.name, s.* from bodies b, strings(b.body) s
        where escape = 'at_sign' and value ~ U&'@[^\200B\2026]' $$,
    'where an at sign mentions, a space follows it');
select is_empty(
    $$ select b.name, s.* from bodies b, strings(b.body) s
        where escape in ('at_sign', 'markdown', 'paragraphs')
          and value ~ '\][(\[:]' $$,
    'where Markdown is read, no link has another text');
select is_empty(
    $$ select b.format, b.name, s.* from bodies b, strings(b.body) s
        where format in ('mattermost', 'rocketchat', 'discord')
          and value ~ '`' and value !~ '^`[^`]+`$'
          and value !~ '^```\n[^`]+\n```$' $$,
    'code ends where the template ends it');
select is_empty(
    $$ select b.name from bodies b
        where format = 'discord'
          and body -> 'allowed_mentions' <> '{"parse": []}' $$,
    'in Discord nothing mentions');
select is_empty(
    $$ select b.name from bodies b
        where format = 'telegram' and body ? 'parse_mode' $$,
    'in Telegram no mark-up is read');
select is_empty(
    $$ select format, name from bodies, strings(body)
        where audience = 'people'
          and path ~ '/(title|summary|fallback|content)$'
          and value ~ E'[\u0001-\u001f\u2028\u2029\u202e]' $$,
    'titles are one line');
select is_empty(
    $$ select b.format, b.name
         from bodies b
         join tocsin_internal.format o on o.name = b.format
        cross join lateral unnest(
              tocsin_internal.secret_paths(o.template)) p
        where (b.body #>> string_to_array(substr(p, 2), '/'))
              !~ '^\{\{secret\.\w+\}\}$' $$,
    'secrets are where they are said to be');

-- What is too long for a relay is left out.
create function longest(i_name text, i_meta integer, i_more integer,
    i_description integer, i_tags integer)
returns jsonb language sql volatile as $$
    select post('create', i_name, 'int_capture',
               i_title => repeat(E'\x01', 1024),
               i_meta => jsonb_build_object('k', repeat('x', i_meta)),
               i_additional_data => jsonb_build_array(jsonb_build_object(
                   'format', 'text', 'label', 'l', 'value',
                   repeat('x', i_more))));
    update tocsin_internal.alert
       set description = repeat(E'\x01', i_description),
           tags = array_fill(repeat(E'\x01', 255), array[i_tags]),
           dedup_keys = array_fill(repeat(E'\x01', 255), array[i_tags]),
           incident = true, incident_severity = 'SEV-2',
           incident_message = repeat(E'\x01', 4096)
     where external_id = i_name;
    select facts((alert_id, 'created', alert_id, created_at)
               ::tocsin_internal.told)
      from newest(i_name, 'int_capture')
$$;
create temp table long as
select name, longest(name, meta, more, description, tags) as f
  from (values ('all', 2000000, 2000000, 65536, 64),
       ('meta', 300000, 100, 1000, 2), ('more', 100, 300000, 1000, 2),
       ('most', 100000, 100000, 1000, 2))
       v(name, meta, more, description, tags);
select is_empty(
    $$ select o.name, l.name
         from long l, tocsin_internal.format o
        where octet_length(tocsin_internal.render(o, l.f)::text)
              > 256 * 1024 $$,
    'the longest event makes a body of 256 KiB at most');
select is((rendered('incoming', f) -> 'Meta') - 'incident_message',
    '{"incident": true, "shortened": true, "incident_severity": "SEV-2"}',
    'and says so') from long where name = 'all';
select is(
    jsonb_build_array(d -> 'meta' = f -> 'meta',
        d -> 'additional_data' = f -> 'additional_data',
        d -> 'description' = f -> 'description', d -> 'flags'), w::jsonb,
    'of what is long: ' || name)
  from long
  join (values ('meta', '[false, true, true, ["shortened"]]'),
       ('more', '[true, false, true, ["shortened"]]'),
       ('most', '[true, true, true, []]')) v(name, w) using (name)
 cross join lateral (select rendered('standard', f) -> 'data' as d) r;

-- The one of a machine is what the sender wrote.
select is_empty(
    $$ select format, name from bodies
        where format in ('standard', 'pagertree', 'incoming')
          and t <> coalesce(body ->> 'Title', body #>> '{data,title}') $$,
    'to machines titles are told as they are');
select is(body #> '{data,flags}', '["shortened"]',
    'a description that was cut is flagged')
  from bodies where format = 'standard' and name = 'bad 1';
select is(body #>> '{data,description}', f ->> 'description',
    'and whole elsewhere')
  from bodies where format = 'pagertree' and name = 'bad 1';
select is_empty(
    $$ select name from bodies
        where format = 'incoming' and name like 'bad %'
          and ((body - '{event_type}'::text[])
              <> jsonb_build_object('Id', f -> 'alert_id',
                  'Title', f -> 'title', 'Description', f -> 'description',
                  'Urgency', f -> 'urgency', 'Tags', f -> 'tags',
                  'Meta', f -> 'full_meta', 'dedup_keys', '[]'::jsonb)) $$,
    'incoming has all of an alert');
select is(jsonb_build_array(
    (rendered('incoming', facts(told('one', n))) -> 'event_type'),
    (rendered('standard', facts(told('one', n))) -> 'type'),
    (rendered('pagertree', facts(told('one', n))) -> 'type'),
    (rendered('pagerduty', facts(told('one', n))) -> 'event_action')),
    w::jsonb, n || ' in the words of machines')
  from (values
       ('created', '["create", "alert.created", "alert.created", "trigger"]'),
       ('acknowledged', '["acknowledge", "alert.acknowledged",
         "alert.acknowledged", "acknowledge"]'),
       ('resolved', '["resolve", "alert.resolved", "alert.resolved",
         "resolve"]'),
       ('escalated', '["create", "alert.escalated", "alert.timeout",
         "trigger"]'),
       ('reminder', '["create", "alert.reminder", "alert.timeout",
         "trigger"]'),
       ('test', '["resolve", "test", "test", "resolve"]')) v(n, w);

-- ----------------------------------------------------------------------
-- Mail
-- ----------------------------------------------------------------------

select is_empty(
    $$ select name, o_subject
         from facts, tocsin_internal.mail_text(f)
        where o_subject is null or o_body is null
           or char_length(o_subject) > 200
           or o_subject ~ '[\u0001-\u001f\u007f]'
           or o_body !~ '\n$' or o_body ~ '[\u0001-\u0008\u000b-\u001f]' $$,
    'a subject is a line, and a body text, whatever is written');
select is(o_body, 'Resolved: Disk full (plain)

opened 10:02, acknowledged 10:03, resolved 2026-01-02 10:05

Tags: db, prod
Id: one

https://h.example/board/alert/' || (told('one')).alert_id || '
', 'a mail about one alert')
  from facts(told('one', 'resolved')) f, tocsin_internal.mail_text(f);
select is(o_subject, 'Medium: 1001 alerts, 1000 open, 1 resolved',
    'the subject of many') from storm, tocsin_internal.mail_text(f);
select alike(o_body, '%opened 10:00
plain: 995 more, 994 open, 1 resolved

https://h.example/board
', 'a mail about many') from storm, tocsin_internal.mail_text(f);

-- ----------------------------------------------------------------------
-- Formats of the operator's own
-- ----------------------------------------------------------------------

select is((tocsin_api.format_add('mine', '{"audience": "people",
        "template": {"x": "{{title}}"}}')).name, 'mine', 'one is added');
select is((tocsin_api.format_add('mine', '{"audience": "people",
        "template": {"x": "{{summary}}"}}')).name, 'mine', 'and replaced');
select is(rendered('mine', facts(told('one'))),
    '{"x": "Resolved: Disk full (plain)"}', 'and used');
select tocsin_api.format_add('copy-' || name, definition)
  from tocsin_api.format_list() \g /dev/null
select is(
    (select (f.audience, f.content_type, f.template, f.escape, f.title_max,
             f.title_bytes_max, f.text_max, f.text_bytes_max,
             f.failure_pattern)::text
       from tocsin_internal.format f where name = 'copy-' || o.name),
    (o.audience, o.content_type, o.template, o.escape, o.title_max,
     o.title_bytes_max, o.text_max, o.text_bytes_max,
     o.failure_pattern)::text, 'what is shown of ' || o.name || ' is taken')
  from tocsin_internal.format o
 where o.name !~ '^copy-';
select is(
    (select count(*) from tocsin_api.format_list() where is_builtin),
    13::bigint, 'thirteen are built in');
select throws_ok(format('select tocsin_api.format_add(%L, %L)', n, d),
    'TO422', m, 'refused: ' || m)
  from (values
       ('slack', '{}', 'the format ''slack'' is built in'),
       ('a', '[]', 'options must be an object'),
       ('a', null, 'options must be an object'),
       ('a', '{"audience": "people", "template": {}, "x": 1}',
        'there is no option x'),
       ('a', '{"audience": "people"}', 'template must not be null'),
       ('a', '{"audience": "dogs", "template": {}}',
        'a rule is broken: audience is people or machines'),
       ('A', '{"audience": "people", "template": {}}',
        'a rule is broken: format name is a word'),
       ('a', '{"audience": "people", "template": {"a": "{{nosuch}}"}}',
        'there is no placeholder ''nosuch'''),
       ('a', '{"audience": "people", "template": {"a": "{{title"}}',
        'there is no placeholder ''title'''),
       ('a', '{"audience": "people", "template": {"a": {"$n": "nosuch"}}}',
        'there is no placeholder ''nosuch'''),
       ('a', '{"audience": "people", "template": {"a": ["{{secret.a}}"]}}',
        'there is no placeholder ''secret.a'''),
       ('a', '{"audience": "people", "template": {"a": "x{{secret.a}}"}}',
        'there is no placeholder ''secret.a'''),
       ('a', '{"audience": "people", "template":
              {"a": {"$each": "tags", "item": "{{secret.a}}"}}}',
        'there is no placeholder ''secret.a'''),
       ('a', '{"audience": "people", "template":
              {"a": {"$each": "nosuch", "item": 1}}}',
        'there is no list ''nosuch''')) v(n, d, m);
select throws_like(format('select tocsin_api.format_add(%L, %L)', 'a', d),
    'the definition of a format is invalid: %', 'refused: ' || d)
  from (values ('{'),
       ('{"audience": "people", "template": {}, "title_max": "many"}'),
       ('{"audience": "people", "template": {}, "failure_pattern": "("}'))
       v(d);
select throws_ok(format('select tocsin_api.%I(''nosuch'')', f), 'TO404',
    'there is no format ''nosuch''', 'what is not there: ' || f)
  from unnest('{format_show, format_remove}'::text[]) f;

update tocsin_internal.destination set format = 'mine';
select throws_ok(format('select tocsin_api.format_remove(%L)', n), 'TO422',
    format('the format %L is %s', n, m), 'not removed: it is ' || m)
  from (values ('slack', 'built in'), ('mine', 'that of a, b')) v(n, m);
update tocsin_internal.destination set format = 'slack';
select tocsin_api.format_remove('mine');
select is_empty($$ select from tocsin_internal.format where name = 'mine' $$,
    'any other is');

select * from finish();
rollback;
