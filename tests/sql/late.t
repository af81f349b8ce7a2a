#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Two hosts with one database: host A cannot reach it, so that its events
# wait in its spool while those of host B are stored.  Tries every history of
# up to five events, and every moment at which A drains its spool, through
# calls of many and of one.  In the end an alert must be live if and only if
# the last create or resolve that was sent is a create.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use File::Temp qw(tempdir);
use Files qw(save);
use Psql qw(psql);
use Test::More;
use World qw(pick);

my $database = Psql::installed();
my $dir = tempdir(CLEANUP => 1);
my $trials = 0;
save("$dir/late.sql", do { local $/; <DATA> });

# Returns the number of histories, of alerts that stay open for ever, and of
# alerts that are missed.  Options:
#
#   hosts steps     how many, and events at most
#   every           take every so many histories only
#   size            events in a call
#   apart ahead     seconds between events, and by which A's clock is ahead
#   back            after so many events A's clock is set back by an hour; the
#                   ids of a host go on increasing then
sub try
{
    my %o = (hosts => 2, steps => 5, every => 1, size => 256, apart => 60,
        ahead => 0, back => 5, @_, trial => ++$trials);
    my ($text, $ok) = psql($database, map({ ('-v', "$_=$o{$_}") } sort keys %o),
        '-f', "$dir/late.sql");
    die "$text\n" unless $ok;
    return map { $_ + 0 } split /\|/, $text;
}

sub is_right
{
    my ($name, %o) = @_;
    my ($n, $open, $missed) = try(%o);
    # Of 6^n sequences of length n, 3^d that host B alone began are left out.
    my $all = ($o{hosts} // 2) == 2 ? 35_823 : 1641;
    is($n, int($all / ($o{every} // 1)), "$name: $n histories");
    is($open, 0, 'no alert stays open for ever');
    is($missed, 0, 'none is missed');
}

is_right('two hosts', every => pick(1, 9));
is_right('two hosts, in calls of one', size => 1, every => pick(5, 90));
is_right("a clock that is $_ s wrong, events 6 s apart",
    ahead => $_, apart => 6, every => pick(5, 60)) for -5, 5;
is_right("a host alone, whose clock steps back after $_ events",
    hosts => 1, back => $_, every => pick(1, 4)) for 1 .. 4;
done_testing;
__DATA__
\set ON_ERROR_STOP on
set tocsin.test_trial = :trial;
set tocsin.test_size = :size;
insert into tocsin_internal.integration (integration_id, name)
values ('int_' || :trial, 'late');

-- The type of an event is its code modulo 3; codes from 3 on are host B's.
create temp table history as
with recursive sequence (codes) as (
    select '{}'::integer[]
    union all
    select codes || c
      from sequence, generate_series(0, 3 * :hosts - 1) c
     where cardinality(codes) < :steps)
select row_number() over (order by codes, drained) as history, codes, drained
  from sequence, generate_series(1, cardinality(codes)) drained
 where exists (
           select from unnest(codes) with ordinality e(code, step)
            where e.code < 3 and e.step <= drained);
delete from history where history % :every <> 0;

create temp table sent as
select h.history, h.drained, e.step::integer, e.code < 3 as by_a,
       (array['create', 'acknowledge', 'resolve'])[1 + e.code % 3] as type,
       e.code < 3 and e.step <= h.drained as is_late,
       timestamptz '2026-03-01 12:00+00'
           + (e.step * :apart + case when e.code < 3 then :ahead else 0 end)
               * interval '1 second' as at
  from history h, unnest(h.codes) with ordinality e(code, step);

-- In the order in which they reach the database.
create temp table queue as
select row_number() over (
           order by case when is_late then drained else step end, is_late,
               case when is_late then step end, history) as place,
       (substr(replace(tocsin_internal.uuid_floor(at)::text, '-', ''), 1, 12)
           || '7' || lpad(to_hex(step), 3, '0') || '8'
           || lpad(to_hex(:trial), 3, '0') || lpad(to_hex(history), 12, '0')
           )::uuid as event_id,
       at - case when by_a and step > :back then interval '1 hour'
                else interval '0' end as received_at,
       case when is_late then 'spool' else 'webhook' end as source,
       type, 'history ' || history as external_id
  from sent;
create index on queue (place);
analyze queue;

do $$
declare
    _trial  text := current_setting('tocsin.test_trial');
    _size   integer := current_setting('tocsin.test_size');
begin
    for _from in 1..(select max(place) from queue) by _size loop
        perform tocsin_api.ingest(array_agg(row(
                   event_id, received_at, source, 'int_' || _trial, null,
                   type, external_id, case type when 'create' then 'T' end,
                   null, null, null, null, null, null, null, null, null,
                   null, null, null)::tocsin_api.event_in order by place))
           from queue
          where place between _from and _from + _size - 1;
        commit;
    end loop;
end;
$$;

select count(*), count(*) filter (where is_live and not should_be),
       count(*) filter (where should_be and not is_live)
  from (select a.alert_id is not null as is_live,
               coalesce(l.type = 'create', false) as should_be
          from history h
          left join tocsin_internal.alert a
            on a.integration_id = 'int_' || :trial
           and a.external_id = 'history ' || h.history
           and a.resolved_at is null
          left join (
               select distinct on (history) history, type
                 from sent
                where type <> 'acknowledge'
                order by history, step desc) l using (history)) r;
