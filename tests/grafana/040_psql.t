#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The board for a terminal: what it shows, once and again and again, and that
# what a sender wrote cannot do anything to the terminal.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Test::More;
use World postgres => 'own', qw($ROOT);
use Run;
use Reader;

my $BOARD = "$ROOT/sql/dashboard/psql/board.sql";

# The board once, as the reader: its four tables, each a list of lines that
# are lists of cells, and all of its text.
sub board
{
    my (@args) = @_;
    my $run = finish(start(
        { program => 'psql', env => { PGUSER => 'tocsin_reader' } },
        '-X', '-v', 'ON_ERROR_STOP=1', @args, '-f', $BOARD));
    my @tables = map {
        [ map { [ map { s/^ +| +$//gr } split /\|/ ] }
                grep { !/^[-+]+$/ } split /\n/ ]
    } split /\n\n/, $run->{out};
    return { %$run, tables => \@tables };
}

sub heads
{
    my ($run) = @_;
    return [ map { $_->[0][0] } @{ $run->{tables} } ];
}

my @HEADS = ('open', 'live', 'ago', 'silent for');

# Nothing has happened yet.
my $empty = board();
is("$empty->{status} $empty->{err}", '0 ', 'a board of nothing is a board');
is_deeply(heads($empty), \@HEADS, 'with all its parts');
is_deeply([ @{ $empty->{tables}[0][1] }[ 0 .. 4 ] ],
    [ 0, 0, 0, 0, '-' ], 'there is nothing to count');

# Alerts of every kind, some of them written by an enemy of terminals.
my ($int) = tocsin('integration', 'add', 'Shop')->{out} =~ /(int_\w+)/;
tocsin('integration', 'add', 'Never heard of');
my $evil = "red \e[31m bell \a back \b clear \e[2J\r line \n c1 \xc2\x9b31m";
my @made = (
    [ 'one', 'critical', 'the first' ],
    [ 'two', 'low', $evil ],
    [ 'three', 'high', 'x' x 200 ],
);
for (@made) {
    my ($id, $urgency, $title) = @$_;
    tocsin('send', 'create', $int, '--id', $id, '--urgency', $urgency,
        '--title', $title);
}
tocsin('send', 'create', $int, '--id', 'one', '--title', 'again');
tocsin('send', 'acknowledge', $int, '--id', 'one');
tocsin('send', 'acknowledge', $int, '--id', 'one');
tocsin('send', 'create', $int, '--id', 'gone', '--title', 'gone');
tocsin('send', 'resolve', $int, '--id', 'gone');

my $board = board();
is("$board->{status} $board->{err}", '0 ', 'a board has no complaints');
is_deeply(heads($board), \@HEADS, 'its parts are in order');
my ($counts, $live, $last, $silent) = @{ $board->{tables} };
is_deeply([ @{ $counts->[1] }[ 0 .. 3 ] ], [ 2, 1, 0, 1 ],
    'two are open, one is acknowledged and critical');
like($counts->[1][4], qr/^\d\d:\d\d:\d\d$/, 'the oldest has an age');
is_deeply([ map { $_->[5] } @$live[ 1 .. $#$live ] ],
    [ 'two', 'three', 'one' ], 'open ones come first, the oldest on top');
is_deeply([ @{ $live->[3] }[ 0, 1, 3, 4, 6 ] ],
    [ q(ack'd), 'critical', 1, 'Shop', 'the first' ],
    'an alert has its columns');
is_deeply([ map { $_->[2] } @$last[ 1 .. $#$last ] ],
    [ qw(resolved created ignored acknowledged duplicate created created
        created) ], 'the last events come first');
is($last->[3][5], 'already_acknowledged', 'an ignored one says why');
is($last->[1][5], '-', 'the others have no reason');
is_deeply([ map { $_->[1] } @$silent[ 1 .. $#$silent ] ],
    ['Never heard of'], 'who has never spoken is silent');
is($silent->[1][0], '-', 'for nobody knows how long');

# What is on the terminal.
unlike($board->{out}, qr/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/,
    'no control character reaches the terminal');
like($board->{out}, qr/red .{0,4}\[31m bell/, 'the title is there, though');
is(scalar @$live, 4, 'and has one line');
my @wide = grep { length > 160 } split /\n/, $board->{out};
is_deeply(\@wide, [], 'a long title makes no wide board');

# Settings.
my $short = board('-v', 'lines=1', '-v', 'silent=0 s');
is_deeply([ map { scalar @$_ } @{ $short->{tables} } ],
    [ 2, 2, 2, 3 ], 'how many lines, and how long silence is, can be said');
isnt(board('-v', 'lines=many')->{status}, 0, 'a number it must be');
my $hostile = board('-v', "silent=1 day') or true --");
isnt($hostile->{status}, 0, 'and a time');
like($hostile->{err}, qr/invalid input syntax for type interval/,
    'whatever is in it');
tocsin('integration', 'disable', $int);
is(scalar @{ board('-v', 'silent=0 s')->{tables}[3] }, 2,
    'one that takes no events is not missed');

# Again and again.
my $pid = open my $watched, '-|', 'env', 'PGUSER=tocsin_reader', 'psql', '-X',
    '-v', 'ON_ERROR_STOP=1', '-v', 'watch=0.2', '-f', $BOARD
    or die "could not run psql: $!\n";
my ($boards, $said) = (0, '');
my $new = qr/^ +2 \| +1 \|.*^ +1 \| +1 \|/ms;
local $SIG{ALRM} = sub { die "no board came with what is new\n" };
alarm 60;
while (my $line = <$watched>) {
    $said .= $line;
    $boards++ if $line =~ /^ +open \| ack'd/;
    if ($boards == 1 && $line =~ /silent for/) {
        tocsin('integration', 'enable', $int);
        tocsin('send', 'resolve', $int, '--id', 'two');
    }
    last if $boards >= 3 && $said =~ $new && $line =~ /silent for/;
}
alarm 0;
cmp_ok($boards, '>=', 3, 'with watch it comes again');
like($said, $new, 'with what is new');
is(scalar(() = $said =~ /^ +live +\|/mg), $boards, 'as a whole');

kill 'TERM', $pid;
close $watched;

done_testing;
