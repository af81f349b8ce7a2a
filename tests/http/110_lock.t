#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Somebody holds the row of an alert: the sender is not kept waiting.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use Time::HiRes qw(sleep time);
use World front => 'lighttpd-spawn';

my $int = integration();
accepted(create($int, Id => 'held'), 'created', 'an alert');

# Hold its row until we are told to let go.
my $pid = open my $psql, '|-', 'psql', '-XAtq'
    or die "could not start psql: $!\n";
$psql->autoflush;
print $psql "\\o /dev/null\nset application_name = 'holder-$$';\nbegin;\n"
    . 'select 1 from tocsin_internal.alert where integration_id ='
    . " '$int' for update;\n";
my $holding = 0;
for (1 .. 200) {
    $holding = value(
        'select count(*) from pg_stat_activity where application_name'
            . " = :'n' and state = 'idle in transaction'",
        n => "holder-$$") and last;
    sleep 0.05;
}
is($holding, 1, 'its row is held');

my $start = time;
my $answer = post($int, { event_type => 'resolve', Id => 'held' });
my $took = time - $start;
cmp_ok($took, '<', 4, 'the answer comes within 4 seconds');
like($answer->{status}, qr/^(202|503)$/, 'it is 202 or 503');
my $again = $answer->{headers}{'retry-after'} // 'never';
ok($answer->{status} == 202 || $again =~ /^\d+$/,
    'a 503 says when to come back');

# The others do not wait for it.
$start = time;
my $other = create($int, Id => 'free');
cmp_ok(time - $start, '<', 4, 'another Id does not wait longer');
like($other->{status}, qr/^20[02]$/, 'and is accepted');

print $psql "rollback;\n";
close $psql;
is($?, 0, 'the row is let go');

# What was queued arrives, with the requests that come next where no process
# stays; what was not is sent again, as a sender would.
for (1 .. 100) {
    $answer = post($int, { event_type => 'resolve', Id => 'held' });
    last if $answer->{status} == 200;
    sleep 0.1;
}
is($answer->{status}, 200, 'then events go to the database again');
is(alerts($int, 'held')->[0]{status}, 'resolved', 'the alert is resolved');

done_testing;
