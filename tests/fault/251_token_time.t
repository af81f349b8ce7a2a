#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# How long it takes to refuse a token does not tell how much of it is right:
# by the count of instructions, every wrong one of a length costs the same.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use World qw(need $ROOT);

my $RIGHT = 'mJ8vQ2xT5kL0pR7wN4bZ';

need(qw(cc valgrind));
my $dir = tempdir(CLEANUP => 1);
my @wrong = map { substr($RIGHT, 0, $_) . '-' x (length($RIGHT) - $_) }
    0 .. length($RIGHT) - 1;
my $libs = `pkg-config --cflags --libs libcrypto json-c`;
is(
    system("cc -O2 -std=c11 -D_GNU_SOURCE -I$ROOT/cgi -Wl,-z,now"
            . " -o $dir/token_time $FindBin::Bin/lib/token_time.c"
            . " $ROOT/build/tocsin.a $libs"),
    0, 'what judges tokens builds');
is(
    system('valgrind', '-q', '--tool=callgrind',
        "--callgrind-out-file=$dir/out", "$dir/token_time", $RIGHT, @wrong),
    0, 'it judges them, and right');

# Kind of judgement -> which instruction counts there are.
my %counts;
for my $path (glob "$dir/out.*") {
    open my $file, '<', $path or die "$path: $!\n";
    my $text = join '', <$file>;
    my ($kind) = $text =~ /^desc: Trigger: Client Request: (\w+) \d+$/m
        or next;
    my ($n) = $text =~ /^(?:summary|totals): (\d+)$/m or next;
    push @{ $counts{$kind}{$n} }, $path;
}
my $n = sub { scalar map { @$_ } values %{ $counts{ $_[0] } } };
is($n->('hash'), 32, 'hashes that differ in each of their bytes');
is(keys %{ $counts{hash} }, 1, 'cost the same')
    or diag(join ' ', sort keys %{ $counts{hash} });
is($n->('token'), scalar @wrong, 'tokens that begin as the right one does');
is(keys %{ $counts{token} }, 1, 'cost the same')
    or diag(join ' ', sort keys %{ $counts{token} });
cmp_ok(keys %{ $counts{haste} }, '>', 20,
    'a comparison in haste would have been seen');
note(join ', ', map { "$_: " . join ' ', sort keys %{ $counts{$_} } }
        qw(hash token));

done_testing;
