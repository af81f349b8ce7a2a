#!/usr/bin/python3
# SPDX-License-Identifier: ISC
#
# oracle.py SEED N SQL TELL: make N texts out of the corpus, have TELL read
# them, and compare with what Python's json module reads in them.  What is
# accepted must be JSON for it, too, and its members and fields the same.
# Write inserts of what an event hands to PostgreSQL to the file SQL.  Print
# a line for each text that is read differently, then the counts:
# texts, accepted, events.
import json
import pathlib
import random
import re
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
KINDS = ['null', 'bool', 'number', 'string', 'array', 'object']
ID_MAX_BYTES, TITLE_MAX, DESCRIPTION_MAX_BYTES = 1024, 1024, 65536
FIELDS = {'event_type', 'id', 'title', 'description', 'tags', 'meta',
          'urgency', 'dedup_keys', 'pagertree_integration_id'}
RESERVED = {'incident', 'incident_severity', 'incident_message'}
EXTRA_MAX = 4096


class Number(str):
    """A number as it is written."""


class Members(list):
    """An object's members, in their order, repeated ones too."""


def refuse(word):
    raise ValueError(word + ' is not JSON')


def storable(text):
    """What PostgreSQL cannot store is U+FFFD, as json_scan() has it."""
    return re.sub('[\0\ud800-\udfff]', '\ufffd', text)


def mend(value):
    if isinstance(value, Number):
        return value
    if isinstance(value, Members):
        return Members((storable(k), mend(v)) for k, v in value)
    if isinstance(value, list):
        return [mend(v) for v in value]
    return storable(value) if isinstance(value, str) else value


def read(raw):
    """The text as Python reads it; ValueError if it is not JSON."""
    text = raw.decode('utf-8') if isinstance(raw, bytes) else raw
    return mend(json.loads(text, parse_int=Number, parse_float=Number,
                           parse_constant=refuse, object_pairs_hook=Members))


def kind(value):
    if value is None:
        return 'null'
    if isinstance(value, bool):
        return 'bool'
    if isinstance(value, Number):
        return 'number'
    if isinstance(value, Members):
        return 'object'
    return 'array' if isinstance(value, list) else 'string'


def scalar_text(value):
    return json.dumps(value) if isinstance(value, bool) else value


def fold(key):
    return re.sub('[A-Z]', lambda m: m[0].lower(), key)


def compare_members(top, told):
    if kind(top) not in ('object', 'array'):
        return 'members of a scalar' if told else None
    pairs = top if kind(top) == 'object' else [(None, v) for v in top]
    if len(pairs) != len(told):
        return '%d members, not %d' % (len(told), len(pairs))
    for (key, value), (its_key, its_kind, its_text) in zip(pairs, told):
        if key != its_key or kind(value) != KINDS[its_kind]:
            return 'member %r: %r' % (key, its_text)
        if kind(value) in ('array', 'object'):
            its_text = read(its_text)
        else:
            value = scalar_text(value)
        if value != its_text:
            return 'member %r: %r, not %r' % (key, its_text, value)
    return None


def expected(top):
    """The fields of an event that need no casts; others are left out."""
    last = {}
    for key, value in top:
        last[fold(key)] = value
    want = {}
    event_type = last.get('event_type')
    want['type'] = fold(event_type.strip(' \t\n\v\f\r'))
    i = last.get('id')
    if kind(i) in ('string', 'number') and i:
        want['external_id'] = i
    if want['type'] != 'create':
        return want | dict.fromkeys(('title', 'tags', 'meta', 'additional'))
    title, description = last['title'], last.get('description')
    if kind(title) == 'string' and len(title) <= TITLE_MAX:
        want['title'] = title
    if kind(description) == 'null':
        want['description'] = ''
    elif (kind(description) == 'string' and
            len(description.encode()) <= DESCRIPTION_MAX_BYTES):
        want['description'] = description
    if kind(last.get('meta')) == 'object':
        want['meta'] = Members(m for m in last['meta']
                               if m[0] not in RESERVED)
    return want


def expected_extras(top):
    """Labels and values of the extra members, in their order."""
    kept = {}
    for key, value in top:
        if fold(key) not in FIELDS:
            kept.pop(fold(key), None)
            kept[fold(key)] = value
    return [(k, v) for k, v in kept.items() if v is not None]


def compare_extras(top, told):
    if len(top) > EXTRA_MAX:
        return None
    want = expected_extras(top)
    got = [dict(m) for m in read(told)] if told else []
    if [k for k, _ in want] != [g['label'] for g in got]:
        return 'extras %r' % told
    for (key, value), entry in zip(want, got):
        text = entry['value']
        if kind(value) in ('array', 'object'):
            text = read(text)
        else:
            value = scalar_text(value)
        if value != text:
            return 'extra %r: %r, not %r' % (key, entry['value'], value)
    return None


def compare_event(top, told):
    for name, value in expected(top).items():
        its = read(told[name]) if name == 'meta' and value is not None \
            else told[name]
        if its != value:
            return '%s: %r, not %r' % (name, its, value)
    if told['type'] != 'create':
        return None
    return compare_extras(top, told['additional'])


def judge(raw, told):
    """What is wrong with what was told of a text; None if nothing is."""
    try:
        top = read(raw)
    except (ValueError, RecursionError) as error:
        return None if told is None else 'accepted: %s' % error
    if told is None:
        return None  # there are limits of ours
    members, event = told
    try:
        wrong = compare_members(top, members)
        if wrong is None and event is not None:
            wrong = compare_event(top, event)
    except ValueError as error:
        return 'what was made of it is not JSON: %s' % error
    return wrong


class Maker:
    """Makes texts: seeds with changes, and events with odd values."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.seeds = [p.read_bytes()[:4000] for d in ('json', 'event')
                      for p in sorted((HERE / 'corpus' / d).iterdir())]
        self.words = [
            w.encode('latin-1').decode('unicode_escape').encode('latin-1')
            for w in re.findall(r'^"(.*)"$', (HERE / 'dictionary').read_text(),
                                re.M)]

    def change(self, text):
        c = self.chance
        a, b = sorted(c.randrange(len(text) + 1) for _ in range(2))
        part = c.choice([
            bytes([c.randrange(256)]), c.choice(self.words), b'',
            text[a:b][:64], c.choice(self.seeds)[:64],
            c.choice([b',', b'"', b'\\', b'[', b']', b'{', b'}', b':', b'0',
                      b'-', b'.', b'e', b' ', b'\n', b'\t', b'\\u']),
            c.choice([b'\xc0\x80', b'\xc1\xbf', b'\xe0\x80\x80',
                      b'\xed\xa0\x80', b'\xed\xbf\xbf', b'\xf0\x8f\xbf\xbf',
                      b'\xf4\x90\x80\x80', b'\xf5\x80\x80\x80', b'\xff'])])
        return text[:a] + part + text[c.choice([a, min(a + 1, b), b]):]

    def string(self):
        c = self.chance
        parts = [c.choice([
            'a', '\u00e9', '\U0001f600', '\\u0000', '\\ud83d\\ude00', '\\ud800',
            '\\udc00\\ud83d', '\\"', '\\\\', '\\/', '\\n', '\\u0041', ' ',
            '\u3000', '\x7f', '\ufffe', '\U0010ffff', 'create', 'x' * 40])
            for _ in range(c.randrange(6))]
        return '"%s"' % ''.join(parts)

    def number(self):
        c = self.chance
        return c.choice(['', '-']) + c.choice(['0', '7', '12', '9' * 30]) + \
            c.choice(['', '', '.0', '.50', '.' + '3' * 40]) + \
            c.choice(['', '', 'e0', 'E+3', 'e-300', 'e300', 'e-7'])

    def value(self, depth=0):
        c = self.chance
        what = c.randrange(8 if depth < 4 else 6)
        if what < 3:
            return self.string()
        if what < 5:
            return self.number()
        if what == 5:
            return c.choice(['true', 'false', 'null'])
        items = [self.value(depth + 1) for _ in range(c.randrange(4))]
        if what == 6:
            return '[%s]' % ' ,'.join(items)
        return '{%s}' % ','.join('%s: %s' % (c.choice([
            self.string(), '"incident"', '"incident_severity"',
            '"incident_\\u006dessage"']), i) for i in items)

    def event(self):
        c = self.chance
        members = ['"event_type":"%s"' % c.choice(
            ['create', 'create', ' Create\\n', 'acknowledge', 'resolve']),
            '"Id":%s' % c.choice(['"x"', self.string(), self.number()]),
            '"Title":%s' % c.choice(['"t"', self.string()]),
            '"Meta":{"k":%s}' % self.value()]
        names = ['Id', 'TITLE', 'description', 'Tags', 'meta', 'urgency',
                 'dedup_keys', 't\\u0069tle', 'extra', 'Extra', '']
        for _ in range(c.randrange(5)):
            members.insert(c.randrange(len(members) + 1), '%s:%s' % (
                c.choice(['"%s"' % c.choice(names), self.string()]),
                self.value()))
        return ('{%s}' % ', '.join(members)).encode()

    def text(self):
        c = self.chance
        text = self.event() if c.random() < 0.6 else c.choice(self.seeds)
        for _ in range(c.choice([0, 1, 1, 2, 4])
                       if c.random() < 0.5 else 0):
            text = self.change(text)
        return text


def inserts(event):
    for name in ('meta', 'additional'):
        if event[name] is not None:
            yield "insert into told values (convert_from('\\x%s', 'UTF8')" \
                "::jsonb, null);" % event[name].encode().hex()
    for name in ('external_id', 'title', 'description', 'message'):
        if event[name] is not None:
            yield "insert into told values (null, convert_from('\\x%s'," \
                " 'UTF8'));" % event[name].encode().hex()
    if event['tags'] is not None:
        yield "insert into told values (null, (convert_from('\\x%s'," \
            " 'UTF8')::text[])::text);" % event['tags'].encode().hex()


def main(seed, n, sql, tell):
    maker = Maker(int(seed))
    texts = maker.seeds + [maker.text() for _ in range(int(n))]
    told = subprocess.run(
        [tell], check=True, stdout=subprocess.PIPE,
        input=b''.join(struct.pack('>I', len(t)) + t for t in texts)).stdout
    lines = told.decode().split('\n')[:-1]
    assert len(lines) == len(texts), 'a line is missing'
    accepted = events = 0
    with open(sql, 'w') as out:
        for text, line in zip(texts, map(json.loads, lines)):
            wrong = judge(text, line)
            if wrong:
                print('%r: %s' % (text, wrong))
            accepted += line is not None
            if line is not None and line[1] is not None:
                events += 1
                print('\n'.join(inserts(line[1])), file=out)
    print(len(texts), accepted, events)


main(*sys.argv[1:])
