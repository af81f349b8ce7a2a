#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin maintain deletes old rows, and only those that it is told to.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'empty';
use Run;

# A database of its own: what is dropped here others would miss.
tocsin('init', '--roles');
my $int = json_of(tocsin('integration', 'add', 'old', '--json'))
    ->{integration_id};
my $nothing = { partitions_made => 0, partitions_dropped => 0,
    events_deleted => 0, alerts_deleted => 0, deliveries_deleted => 0 };

sub maintain
{
    return tocsin('maintain', @_);
}

# Arguments.
refuses(maintain('--keep-events', $_), 2, qr/--keep-events must be a time/,
    "events are not kept for \"$_\"")
    for '', '90', 'd', '90x', '-90d', '90d ', '99999y', '1.5y';
refuses(maintain('--keep-alerts', 'long'), 2, qr/--keep-alerts must be a time/,
    'nor are alerts kept for long');
refuses(maintain('now'), 2, qr/takes no arguments/, 'it takes no arguments');
refuses(tocsin('maintain', '--keep'), 2, qr/ambiguous/,
    'an option that could be two is refused');
refuses(maintain('--keep-events', '30d'), 1, qr/at least 31 days/,
    'thirty days of events are too few');
refuses(maintain('--keep-alerts', '0d'), 1, qr/at least one day/,
    'so is nothing of alerts');
refuses(maintain('--keep-deliveries', '1h'), 1, qr/at least one day/,
    'nor a day of deliveries');
refuses(maintain('--keep-deliveries', 'x'), 2,
    qr/--keep-deliveries must be a time/, 'or what is no time');
refuses(tocsin('-d', 'dbname=tocsin user=tocsin_web', @$_),
    6, qr/permission denied for function maintain.*: see -d/,
    "the responder may not @$_: the refusal is all that is printed")
    for [ 'maintain' ], [ 'maintain', '--json' ];

# A fresh schema has two months to come.
says(maintain(), qr/^partitions made +1$/m, 'the third month to come is made');
is_deeply(json_of(maintain('--json')),
    $nothing, 'again, nothing is to be done');

# Old things: 2500 resolved alerts, one that is live, and their events.
sql(<<"END");
set session_replication_role = replica;
insert into tocsin_internal.alert (alert_id, integration_id, external_id,
    status, title, urgency, created_at, resolved_at, last_event_at)
select overlay(tocsin_internal.uuid_floor(at)::text
               placing '7000-8000-' || lpad(i::text, 12, '0') from 15)::uuid,
       '$int', i::text,
       (case when i = 1 then 'open' else 'resolved' end)
           ::tocsin_internal.status, 'T', 'low', at,
       case when i > 1 then at end, at
  from generate_series(1, 2501) i, (select now() - interval '400 days' as at) t;
insert into tocsin_internal.event (event_id, received_at, stored_at, source,
    integration_id, alert_id, event_type, external_id, outcome, from_status,
    to_status)
select alert_id, created_at, created_at, 'webhook', integration_id, alert_id,
       'create', external_id, 'created', 'none', 'open'
  from tocsin_internal.alert;
do \$\$
declare
    _month  timestamptz := date_trunc('month', now(), 'UTC')
                - interval '6 months';
begin
    execute format('create table tocsin_internal.%I partition of
        tocsin_internal.event for values from (%L) to (%L)',
        to_char(_month at time zone 'UTC', '"event_"YYYY_MM'),
        tocsin_internal.uuid_floor(_month),
        tocsin_internal.uuid_floor(_month + interval '1 month'));
end;
\$\$;
END
is_deeply(json_of(maintain('--json')), $nothing, 'unasked, nothing is deleted');
is_deeply(json_of(maintain('--json', '--keep-events', '52w')),
    { %$nothing, events_deleted => 2501 }, 'old events are deleted');
is_deeply(json_of(maintain('--json', '--keep-events=90d')),
    { %$nothing, partitions_dropped => 1 },
    'and a partition that is older than asked for');
my $run = maintain('--keep-alerts', '1y');
says($run, qr/^alerts deleted +2500$/m, 'and old alerts, in several steps');
is(sql('select external_id from tocsin_internal.alert'), '1',
    'but none that is live');

# What was told.
sql(q{select tocsin_api.destination_add('d', 'mail', 'a@example.org', null)});
sql(q{insert into tocsin_internal.delivery (destination_id, notice, notice_id,
        urgency, created_at, due_at, expires_at)
    select destination_id, 'test', gen_random_uuid(), 'low', t, t,
           now() + interval '1 d'
      from tocsin_internal.destination, generate_series(1, 3),
           (select now() - interval '9 d' as t) old});
sql(q{update tocsin_internal.delivery set state = 'cancelled', reason = 'x'
    where delivery_id = 1});
is_deeply(json_of(maintain('--json', '--keep-deliveries', '10d')), $nothing,
    'deliveries that are young enough stay');
is_deeply(json_of(maintain('--json', '--keep-deliveries', '8d')),
    { %$nothing, deliveries_deleted => 1 }, 'finished ones are deleted');
is(sql('select count(*) from tocsin_internal.delivery'), 2,
    'but none that waits');

# Somebody holds the log, for longer than maintain waits at once.
my $month = sql(q{select to_char(now() at time zone 'UTC'}
        . q{ + interval '3 months', '"event_"YYYY_MM')});
sql("drop table tocsin_internal.$month");
my $holder = start({ program => 'psql', in => <<'END' }, '-XAtq');
begin;
lock table tocsin_internal.event_default in access exclusive mode;
select pg_sleep(2);
commit;
END
while (sql('select count(*) from pg_locks where relation ='
            . q{ 'tocsin_internal.event_default'::regclass}
            . q{ and mode = 'AccessExclusiveLock' and granted}) eq '0')
{
    select undef, undef, undef, 0.05;
}
is_deeply(json_of(maintain('--json')), { %$nothing, partitions_made => 1 },
    'it tries again until the table is free');
is(finish($holder)->{status}, 0, 'which nobody was kept from');

# A database that goes away.
$run = tocsin('-d', 'host=/nonexistent', 'maintain');
refuses($run, 4, qr/could not reach/, 'without a database it says so');

done_testing();
