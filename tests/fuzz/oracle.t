#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What we read from random texts is what Python reads from them (oracle.py), and
# PostgreSQL accepts all that we would pass to it.  SEED repeats a run.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Psql qw(psql);
use Test::More;
use World qw(need pick);
use World postgres => 'any';

my $N = pick(60_000, 6000);

need(qw(cc python3));
my $seed = $ENV{SEED} // pick(int rand 1_000_000, 1);
my $dir = tempdir(CLEANUP => 1);
note("SEED=$seed");
is(system("$Bin/build", 'tell', "$dir/tell", '-fsanitize=address,undefined',
    '-fno-sanitize-recover=undefined'), 0, 'what reads the texts builds');

my @lines = `python3 $Bin/oracle.py $seed $N $dir/told.sql $dir/tell 2>&1`;
is($?, 0, 'texts are made and read') or diag(@lines);
my ($texts, $accepted, $events) = (pop(@lines) // '') =~ /^(\d+) (\d+) (\d+)$/;
is(join('', @lines), '', 'and Python reads the same in them');
cmp_ok($texts // 0, '>=', $N, 'as many as were meant');
cmp_ok($accepted // 0, '>', $N / 3, 'many of them are JSON');
cmp_ok($texts - $accepted, '>', $N / 20, 'and many are not');
cmp_ok($events // 0, '>', $N / 4, 'many are events');
note("$texts texts, $accepted accepted, $events events");

# One statement a value, so that an error is about one.
my $database = Psql::database();
psql($database, '-c', 'create table told (document jsonb, plain text)');
my ($said, $ok) = psql($database, '-v', 'ON_ERROR_STOP=0', '-1', '-f',
    "$dir/told.sql");
ok($ok && $said eq '', 'PostgreSQL takes all that was read')
    or diag(substr $said, 0, 2000);
cmp_ok(psql($database, '-c', 'select count(*) from told'),
    '>', 2 * $events, 'every value of them');

done_testing;
