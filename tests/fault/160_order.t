#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# An event sent after another one was answered is applied after it, while
# PostgreSQL comes and goes, and however many processes share a spool.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(report verdict);
use Load qw(load);
use World qw(pick);

my $ids = pick(500, 60);
my @fronts = split ' ', pick('lighttpd-spawn apache-fcgid apache-cgi',
    'apache-fcgid');

# How many creates, acknowledges and resolves of how many Ids were stored,
# and how many Ids have another log than these three, in this order.
sub count_ids
{
    return @{ History::rows(<<'END')->[0] };
select count(*),
       count(*) filter (where log <> 'created acknowledged resolved'),
       count(*) filter (where n <> 1)
  from (select string_agg(outcome, ' ' order by stored_at, id)
                 filter (where outcome in
                     ('created', 'acknowledged', 'resolved')) as log,
               count(distinct alert_id) as n
          from tocsin.events
         where external_id in (select external_id from tocsin.alerts
                                where status = 'resolved')
         group by external_id) as of_id
END
}

my $world = World->new;
my ($flaps, $wanted) = (0, 0);
my $least = pick(10, 3);
for my $front (@fronts) {
    $world->start_front($front);
    load(
        $world,
        name => "f$wanted",
        rate => 120,
        clients => 8,
        plan => 'lifecycle');
    $wanted += $ids / @fronts;
    my $until = time + pick(90, 30);
    while (time < $until || $flaps < $least) {
        sleep 0.7 + rand 0.6;
        $flaps++ % 3 ? $world->kill_postgres : $world->stop_postgres;
        sleep 0.7 + rand 0.6;
        $world->start_postgres;
        my ($done) = @{ History::rows('select count(*)'
                . " from tocsin.alerts where status = 'resolved'")->[0] };
        last if $done >= $wanted && $flaps >= $least;
    }
    is($world->stop_front, 0, "$front: the spool is emptied in the end");
}
my $v = verdict($world);
$v->{faults} = $flaps;
report(
    $v,
    faults => $least,
    acknowledged => 3 * $ids,
    queued => pick(300, 30));
my ($n, $odd, $split) = count_ids();
cmp_ok($n, '>=', $ids, "at least $ids alerts were resolved");
is($odd, 0, 'each was created, acknowledged and resolved, in this order');
is($split, 0, 'each is one alert');
my ($open) = @{ History::rows('select count(*) from tocsin.alerts'
        . " where status <> 'resolved'")->[0] };
cmp_ok($open, '<=', 8 * @fronts,
    'no alert is open but the last one of each sender');
is($world->end, 0, 'everything ends when it is told to');
done_testing;
