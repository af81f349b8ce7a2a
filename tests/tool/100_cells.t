#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Several cells: the tool lists, checks and maintains all of them, names the
# one that fails, and lets the others have their turn.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(psql query);
use Test::More;
use World postgres => 'any';
use Run qw(:DEFAULT operator);

# Two cells, and a configuration that names them.
my %database = map { $_ => Psql::installed() } qw(a b);
mkdir "$DIR/$_" or die "could not make it: $!\n" for qw(cells spool_a spool_b);
for my $cell (sort keys %database) {
    write_file("cells/$cell.conf", <<"END");
database = dbname=$database{$cell}
spool = $DIR/spool_$cell
spool_volatile = yes
END
}
write_file('cells/README', "Not a cell's.\n");
my $conf = write_file('all.conf', "cells = $DIR/cells\n");

sub all
{
    return tocsin('-c', $conf, @_);
}

sub in_cell
{
    my ($cell, @words) = @_;
    return tocsin('-c', "$DIR/cells/$cell.conf", @words);
}

sub add
{
    my ($cell, $name, $prefix) = @_;
    return json_of(in_cell($cell, 'integration', 'add', $name, '--prefix',
        $prefix, '--json'))->{integration_id};
}

my %id = (a => add('a', 'first', 'a'), b => add('b', 'second', 'b'));

# All of them.
my $run = all('integration', 'list');
says($run, qr/^CELL\ +ID\ +NAME.*\na\ +$id{a}\ +first\ .*
    \nb\ +$id{b}\ +second\ .*\n\z/x, 'list has a line for each integration');
my $list = json_of(all('integration', 'list', '--json'));
is_deeply([ map { [ @$_{qw(cell integration_id name)} ] } @$list ],
    [ [ 'a', $id{a}, 'first' ], [ 'b', $id{b}, 'second' ] ], 'as JSON too');
$run = all('check');
is($run->{status}, 0, 'check finds both well') or show($run);
like($run->{out}, qr/^$_ +ok +ingest +an empty batch was stored$/m,
    "check has tried $_")
    for qw(a b);
unlike($run->{out}, qr/^[ab] +warn/m, 'and warns of nothing');
$list = json_of(all('check', '--json'));
is_deeply([ map { $_->{cell} } grep { $_->{name} eq 'ingest' } @$list ],
    [qw(a b)], 'JSON says whose finding it is');
says(all('maintain'), qr/^cell +partitions made.*\na +1 .*\nb +1 .*\n\z/,
    'maintain does both');
is_deeply([ map { "$_->{cell} $_->{partitions_made}" }
            @{ json_of(all('maintain', '--json')) } ],
    [ 'a 0', 'b 0' ], 'as JSON too');

# One of them.
like(in_cell('b', 'integration', 'list')->{out}, qr/^ID .*\n$id{b} .*\n\z/,
    'the file of a cell is that of any database');
says(all('-d', "dbname=$database{a}", 'integration', 'list'),
    qr/^ID .*\n$id{a} .*\n\z/, 'so is option -d');
my $which = qr{names cells: choose one, with -c \Q$DIR\E/cells/NAME\.conf};
refuses(all(@$_), 3, $which, "@$_ must be told which one is meant")
    for [qw(integration add x)], [ 'integration', 'show', $id{a} ],
    [qw(init)], [qw(spool status)], [qw(board status)];
says(all(qw(dialect list)), qr/pagertree/, 'what needs no database need not');

# An id whose prefix is another's.
add('b', 'stray', 'a');
$run = all('check');
is($run->{status}, 0, 'an id with another prefix is no failure');
like($run->{out}, qr/^b +warn +prefix +int_a_\w+ does not begin with int_b_,/m,
    'but check warns of it');

# One is out of order; b is the last, so that a cell behind it is tried, too.
psql($database{a}, '-c', 'insert into tocsin_internal.migration'
        . " values ($SCHEMA + 5, 'new')");
$run = all('check');
is($run->{status}, 5, "the status is that of the schema in a");
like($run->{out}, qr/^a +FAILED +schema +the schema has version/m,
    'check names the cell whose schema is another');
like($run->{out}, qr/^b +ok +ingest /m, 'and finds the other one well');
psql($database{a}, '-c', 'delete from tocsin_internal.migration'
        . " where version = $SCHEMA + 5");
write_file('cells/a.conf', "database = host=$DIR/nowhere\n");
for ([qw(integration list)], ['maintain']) {
    $run = all(@$_);
    is($run->{status}, 4, "@$_: the status is that of the cell that is away");
    like($run->{err}, qr/^tocsin: cell a: could not reach the database/,
        "@$_: it is named");
    like($run->{out}, qr/^b  /m, "@$_: the other one is listed");
    unlike($run->{out}, qr/^a  /m, "@$_: and no more");
}
$run = all('check');
is($run->{status}, 4, 'check has the same status');
like($run->{out}, qr/^a +FAILED +connection .*\n(?:a .*\n)*b +ok /m,
    'and goes on with the next');
write_file('cells/a.conf', "databse = x\n");
$run = all('integration', 'list');
is($run->{status}, 4 - 1, 'a configuration that is broken is told');
like($run->{err}, qr{^tocsin: cell a: \Q$DIR\E/cells/a\.conf:1: databse:},
    'with its cell');
like($run->{out}, qr/^b  /m, 'and keeps no other from being listed');

# No cells.
write_file('cells/Backup.conf', '');
$run = all('integration', 'list');
is($run->{status}, 3, 'a file whose name is no prefix is no cell');
like($run->{err}, qr{cells/Backup\.conf" is not a cell's: .*\nt},
    'that is told');
unlink glob "$DIR/cells/*.conf";
refuses(all('check'), 3, qr/could not list the cells .*there is no NAME\.conf/,
    'a directory without cells is told');
write_file('all.conf', "cells = $DIR/none\n");
refuses(all('maintain'), 3, qr/could not list the cells .*: No such file/,
    'so is one that is not there');

done_testing;
