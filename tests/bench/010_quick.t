#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The benchmark works and loses nothing.  Its speed is not judged here.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin qw($Bin);
use Test::More;

my @NAMES = qw(durable_over_ceiling durable_over_pgbench durable_over_php
    durable_over_alertmanager mixed_over_creates batch_events_per_webhook
    dialect_over_native dialect_batch_over_native
    million_over_empty few_ids_over_empty p50_lone_over_parts
    lone_over_plain rss_mib cgi_ms cgi_over_fcgi_p50 cgi64_over_floor
    fcgid64_over_proxy64 fcgid64 door_start_ms pg_us_per_event_64
    app_us_per_event_64 fair_lone_p99_ms watched_over_unwatched
    told_over_unwatched frozen_over_unwatched notify_over_silent
    spool_over_none);
my @STORING = qw(creates64 silent64 spoolless64 mixed64 arrays64 pgbench64
    dialect64 native64 dialects64 natives64
    php64 empty64 million64 few64 creates1 pgbench1 pgplain1 cgi1
    proxy64 fcgid64 cgi64 first1 firstplain1 lone_strangers lone_senders
    unwatched64 watched64 told64 frozen64);

# What the benchmark says, and its status.
sub bench
{
    open my $run, '-|', "$Bin/run --quick 2>&1" or die "could not run: $!\n";
    my @said = <$run>;
    close $run;
    return ($? >> 8, @said);
}

delete @ENV{ grep { /^(BENCH_|TOCSIN_)/ } keys %ENV };
my ($status, @said) = bench();
is($status, 0, 'every acknowledged event of every run is in the tables')
    or diag @said;

for my $name (@NAMES) {
    my @values = map { /^bench: \Q$name\E (\d+\.\d+)$/ ? $1 : () } @said;
    is(scalar @values, 1, "there is one line for $name");
    cmp_ok($values[0] // 0, '>', 0, "$name was measured");
}
is(scalar(grep { /^bench: / } @said), scalar @NAMES, 'there are no others');

for my $name (@STORING) {
    my ($rate) = map { /^\Q$name\E +(\d+) / ? $1 : () } @said;
    cmp_ok($rate // 0, '>', 0, "$name had events acknowledged");
}

# A program that answers 200 and stores nothing, in the place of ours.
my $liar = tempdir(DIR => '/tmp', CLEANUP => 1) . '/liar';
system('cc', '-pthread', '-o', $liar, "$Bin/ceiling.c", '-lfcgi') == 0
    or die "could not build $liar\n";
@ENV{qw(TOCSIN_PROGRAM BENCH_ONLY)} = ($liar, 'creates64');
($status, @said) = bench();
is($status, 1, 'a run that loses what it acknowledged fails');
ok((grep { /creates64: acknowledged \d+, but 0 are in the log/ } @said),
    'and says how many it lost') or diag @said;
done_testing;
