#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Unit tests, and every vector of the protocol behind a web server, with the
# programs built for AddressSanitizer and UndefinedBehaviorSanitizer.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $tmp = tempdir(CLEANUP => 1);
chdir $root or die "$root: $!\n";

# A report ends the program, and stands in a file whatever became of stderr.
chmod 0777, $tmp;
$ENV{ASAN_OPTIONS} = "log_path=$tmp/report:detect_leaks=1";
$ENV{UBSAN_OPTIONS} = "log_path=$tmp/report:print_stacktrace=1";

sub run
{
    my ($name, @command) = @_;
    my $out = `@command 2>&1`;
    ok($? == 0, $name) or diag($out);
    return $out;
}

sub reports
{
    my ($name) = @_;
    my @reports = glob "$tmp/report.*";
    is(@reports, 0, $name) or diag(`cat @reports`);
    unlink @reports;
    return;
}

run('the programs build with sanitizers', 'make -s asan-programs');
my @programs = grep { !/\.d$/ } glob 'build/asan/unit/*/test_*';
my $out = do {
    # The suite's lanes are not for these.
    local $ENV{HARNESS_RULESFILE};
    `prove -j2 -e '' @programs 2>$tmp/stderr`;
};
ok($? == 0 && $out =~ /^Result: PASS$/m, 'all unit tests pass') or diag($out);
ok(-z "$tmp/stderr", 'and are silent') or diag(`cat $tmp/stderr`);
reports('no unit test has a report');

# Tests of SQL run beside this one, and must not see its events: it has a
# PostgreSQL of its own.
delete @ENV{ grep { /^(?:PG|WITH_POSTGRES$)/ } keys %ENV };

# The sanitizer's options reach a responder only through its environment,
# which lighttpd does not pass on: the reports go to stderr and end it, so
# that the vectors fail.  Not so those of a responder behind the door, in whose
# place another answers: as CGI, each request has one of its own here, which
# takes ten times as long: those have the vectors of what becomes a request.
$ENV{TOCSIN_PROGRAM} = "$root/build/asan/tocsin.fcgi";
$ENV{FRONT_SETTINGS} = 'door = no';
$out = run('every vector passes behind lighttpd-spawn',
    'tests/lib/with-front lighttpd-spawn prove -Q tests/http/*.t');
unlike($out, qr/Sanitizer/, 'and nothing is reported');
$out = run('vectors pass behind lighttpd-cgi',
    'tests/lib/with-front lighttpd-cgi prove -Q',
    glob 'tests/http/{005,030,080,090}_*.t');
unlike($out, qr/Sanitizer/, 'and nothing is reported');
reports('no request has a report');

done_testing();
