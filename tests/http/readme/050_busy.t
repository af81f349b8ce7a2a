#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# make run works on a machine that is busy with something else, for the first
# minute of it; a demonstration that is interrupted leaves nothing behind.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use IO::Socket::INET;
use Test::More;

use lib "$FindBin::Bin/../../lib";
use World qw($ROOT);

my $BUSY_S = 60;
my $HOGS = 4;

delete @ENV{ grep { /^(?:MAKE|MFLAGS|PG|TOCSIN_|WITH_)/ } keys %ENV };
my $dir = tempdir('tocsin.XXXXXX', DIR => '/tmp', CLEANUP => 1);
chmod 0711, $dir;
$ENV{STATE} = "$dir/state";
$ENV{PORT} = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
    ->sockport;

my @hogs = map {
    my $pid = fork // die "could not fork: $!\n";
    exec 'timeout', $BUSY_S, 'sh', '-c', 'while :; do :; done' if !$pid;
    $pid;
} 1 .. $HOGS;

END {
    my $status = $?;
    kill 'TERM', @hogs if @hogs;
    system "$ROOT/tests/lib/stop" if @hogs;
    $? = $status;
}

my $printed = qx($ROOT/tests/lib/run 2>&1);
is($?, 0, 'it starts beside four who take all they get') or diag($printed);
like($printed, qr/^endpoint: \S+\ndatabase: .*\nstop: make stop/m,
    'and ends as ever');
my ($database) = $printed =~ /^database: (.*)$/m;
like(
    qx(psql -XAtq "$database" -c 'select count(*) from tocsin.alerts'),
    qr/^[34]\d\d\d$/,
    'the month of history is there');

done_testing;
