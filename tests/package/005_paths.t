#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# make refuses paths that would be several words to a shell: uninstall would
# remove what the first of them names.
use strict;
use warnings;

use FindBin;
use Test::More;

delete @ENV{ grep { /^(?:MAKE|MFLAGS|DESTDIR|PREFIX|SYSCONFDIR)/ } keys %ENV };
chdir "$FindBin::Bin/../.." or die "checkout: $!\n";

# What make would do, or its error.
sub make
{
    my @words = @_;
    my $pid = open my $out, '-|' // die "fork: $!\n";
    if (!$pid) {
        open STDERR, '>&', \*STDOUT or die "stderr: $!\n";
        exec 'make', '-n', @words or die "make: $!\n";
    }
    my $said = do { local $/ = undef; <$out> };
    close $out;
    return ($? >> 8, $said);
}

for my $words (
    [ 'PREFIX=/home/me/my programs' ], [ 'PREFIX=usr' ], [ 'PREFIX=~/tocsin' ],
    [ 'PREFIX=' ], [ "PREFIX=/it's" ], [ 'PREFIX=/a;b' ], [ 'PREFIX=/a|b' ],
    [ 'SYSCONFDIR=etc' ], [ 'DESTDIR=/tmp/a b' ], [ 'DESTDIR=/tmp/$$HOME' ])
{
    my ($status, $said) = make('uninstall', @$words);
    is($status, 2, "@$words is refused");
    like($said, qr/PREFIX and SYSCONFDIR must be absolute paths/,
        'with what a path must be');
    unlike($said, qr/^rm /m, 'before anything is removed');
}
my ($status, $said) = make('uninstall', "PREFIX=/home/j\xc3\xbcrgen/x-1.0~rc1",
    'DESTDIR=root');
is($status, 0, 'other characters are not refused');
like($said, qr{root/home/j\xc3\xbcrgen/x-1\.0~rc1/lib/tocsin},
    'and are used as they are');

done_testing;
