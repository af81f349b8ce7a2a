#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# A connection that began while the tables were empty, and known to be so,
# does not read them from end to end when they have grown.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use Psql ();
use Test::More;
use World postgres => 'any';

my $database = Psql::installed();

# 5,000 alerts in one session, and what one more call of ten reads.
my $out = qx{psql -XAtqd $database <<'SQL'
analyze tocsin_internal.alert, tocsin_internal.event;
create table before (n numeric);
create table i as
    select integration_id as id
      from tocsin_api.integration_add('empty', null, false, 'medium');
create function go(k text, n int) returns bigint language sql volatile as \$\$
    select count(*)
      from (select tocsin_api.ingest(array_agg(row(
                gen_random_uuid(), now(), 'webhook', i.id, null,
                (array['create', 'resolve', 'create'])[1 + g % 3],
                k || g / 3, 't', '', null, '{}', '{}', '{}', false, null,
                null, null, '{}', null, null)::tocsin_api.event_in))
              from i, generate_series(1, n) g) r
\$\$;
select sum(go('k' || b || '-', 100)) from generate_series(1, 50) b;
begin;
insert into before
    select sum(pg_stat_get_xact_tuples_returned(oid)) as n from pg_class
     where relname ~ '^(alert|event)';
select go('last', 10);
select sum(pg_stat_get_xact_tuples_returned(oid)) - (select n from before)
  from pg_class where relname ~ '^(alert|event)';
commit;
SQL
};
my ($events, $ten, $read) = split /\n/, $out;
is($events, 5000, 'five thousand events are stored by one session');
is($ten, 10, 'ten more');
cmp_ok($read, '<', 500, "and they read few rows ($read)");

done_testing();
