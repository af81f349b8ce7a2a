#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# No two threads touch the same memory without a lock between them: the unit
# tests of what has threads, built for ThreadSanitizer, whose report is empty.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $tmp = tempdir(CLEANUP => 1);
chdir $root or die "$root: $!\n";

$ENV{TSAN_OPTIONS} = 'halt_on_error=0:second_deadlock_stack=1';

my $out = `make -s tsan-programs 2>&1`;
is($?, 0, 'the unit tests build with ThreadSanitizer') or diag($out);

# A sanitizer that sees nothing would be silent, too.
open my $c, '>', "$tmp/race.c" or die "$tmp/race.c: $!\n";
print {$c} <<'END';
#include <pthread.h>
static volatile int n;
static void *add(void *arg)
{
	for (int i = 0; i < 100000; i++)
		n++;
	return arg;
}
int main(void)
{
	pthread_t t;
	pthread_create(&t, NULL, add, NULL);
	add(NULL);
	return pthread_join(t, NULL);
}
END
close $c or die "$tmp/race.c: $!\n";
system("cc -g -fsanitize=thread -o $tmp/race $tmp/race.c") == 0
    or BAIL_OUT('could not build a race');
like(`$tmp/race 2>&1`, qr/WARNING: ThreadSanitizer: data race/,
    'a race is reported');

my @programs = grep { !/\.d$/ } glob 'build/tsan/unit/*/test_*';
$out = do {
    # The suite's lanes are not for these.
    local $ENV{HARNESS_RULESFILE};
    `prove -j2 -e '' @programs 2>$tmp/stderr`;
};
ok($? == 0 && $out =~ /^Result: PASS$/m, 'all of them pass') or diag($out);
ok(-z "$tmp/stderr", 'and have no race') or diag(`cat $tmp/stderr`);

done_testing();
