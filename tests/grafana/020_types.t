#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The dashboard has the types that Grafana gives it: those of @grafana/schema,
# by way of types.ts, checked by the compiler of TypeScript.  Both come from
# npm, once.
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Copy qw(copy);
use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Dashboard;
use Files qw(npm);
use JSON::PP ();
use Test::More;

my $dir = "$Files::BUILD/grafana";
my $modules = "$dir/node_modules";

# Whether npm has fetched them, or why not.
sub missing
{
    my @without = npm('grafana', "$FindBin::Bin/package.json",
        'typescript/bin/tsc', '@grafana/schema/package.json');

    return 'there is no node' if system('node --version >/dev/null 2>&1');
    return 'npm cannot get ' . join ' and ', map { dirname($_) } @without
        if @without;
    return undef;
}

my $missing = missing();
plan skip_all => $missing if defined $missing;

sub write_file
{
    my ($name, $text) = @_;
    open my $file, '>:raw', "$dir/$name" or die "$dir/$name: $!\n";
    print {$file} $text;
    close $file or die "$dir/$name: $!\n";
}

# A literal: of a JSON that is imported the compiler forgets which strings
# it has.
sub literal
{
    my ($name, $text) = @_;
    write_file("$name.ts", <<"END");
import type { DashboardInFile } from './types';
export default ($text) satisfies DashboardInFile;
END
}

sub panel
{
    my ($d, $type) = @_;
    my ($found) = grep { $_->{type} eq $type } panels($d);
    return $found;
}

sub option
{
    my ($type, $name, $value) = @_;
    return sub { panel($_[0], $type)->{options}{$name} = $value };
}

# What is no dashboard, and the word by which the compiler says so.
my @mutants = (
    [ 'no schemaVersion', 'schemaVersion', sub {
        delete $_[0]{schemaVersion};
    } ],
    [ 'a member of the dashboard', 'refreshes', sub { $_[0]{refreshes} = '' }
    ],
    [ 'a shared crosshair of 3', 'graphTooltip|3', sub {
        $_[0]{graphTooltip} = 3;
    } ],
    [ 'a type of panel', 'graph', sub {
        panel($_[0], 'stat')->{type} = 'graph';
    } ],
    [ 'a string for a number', "'string' is not .* 'number'", sub {
        panel($_[0], 'stat')->{gridPos}{w} = '4';
    } ],
    [ 'a word of an option', 'areas', option('stat', 'graphMode', 'areas') ],
    [ 'an option', 'graphModes', option('stat', 'graphModes', 'area') ],
    [ 'an option of another type', 'cellHeight',
        option('timeseries', 'cellHeight', 'sm') ],
    [ 'an option of a bar gauge', 'lcds',
        option('bargauge', 'displayMode', 'lcds') ],
    [ 'an option of a gauge', 'often', option('gauge', 'sizing', 'often') ],
    [ 'an option of a heatmap', 'sometimes',
        option('heatmap', 'showValue', 'sometimes') ],
    [ 'an option of a table', 'xl', option('table', 'cellHeight', 'xl') ],
    [ 'a style of a line', 'dots', sub {
        panel($_[0], 'timeseries')
            ->{fieldConfig}{defaults}{custom}{drawStyle} = 'dots';
    } ],
    [ 'a type of a cell', 'colour', sub {
        panel($_[0], 'table')
            ->{fieldConfig}{defaults}{custom}{cellOptions}{type} = 'colour';
    } ],
    [ 'a mode of thresholds', 'relative', sub {
        panel($_[0], 'stat')
            ->{fieldConfig}{defaults}{thresholds}{mode} = 'relative';
    } ],
    [ 'a format of a query', 'csv', sub {
        panel($_[0], 'stat')->{targets}[0]{format} = 'csv';
    } ],
    [ 'a member of a query', 'sql', sub {
        panel($_[0], 'stat')->{targets}[0]{sql} = 'select';
    } ],
    [ 'a type of a variable', 'list', sub {
        $_[0]{templating}{list}[1]{type} = 'list';
    } ],
    [ 'a refresh of a variable', 'refresh|7', sub {
        $_[0]{templating}{list}[1]{refresh} = 7;
    } ],
    [ 'no colour of an annotation', 'iconColor', sub {
        delete $_[0]{annotations}{list}[0]{iconColor};
    } ],
    [ 'within a collapsed row', 'sparse', sub {
        my ($row) = grep { $_->{collapsed} } rows($_[0]);
        $row->{panels}[0]{options}{cellHeight} = 'sparse';
    } ],
);

my $encoder = JSON::PP->new->utf8->pretty->canonical;
copy("$FindBin::Bin/types.ts", "$dir/types.ts");
unlink glob "$dir/mutant_*.ts";
literal('dashboard', $TEXT);
for my $i (0 .. $#mutants) {
    my $d = load();
    $mutants[$i][2]->($d);
    # One of a type will do.
    my %seen;
    $d->{panels} = [ grep { !$seen{ $_->{type} }++ || $_->{collapsed} }
            @{ $d->{panels} } ];
    literal("mutant_$i", $encoder->encode($d));
}
write_file('tsconfig.json', $encoder->encode({
    compilerOptions => {
        noEmit => JSON::PP::true,
        strict => JSON::PP::true,
        pretty => JSON::PP::false,
        module => 'nodenext',
        moduleResolution => 'nodenext',
        target => 'es2022',
        types => [],
    },
    files => [ 'dashboard.ts', map { "mutant_$_.ts" } 0 .. $#mutants ],
}));

# The lines of a complaint begin with its file; what follows is indented.
my (%said, $file);
open my $tsc, '-|', "cd '$dir' && node node_modules/typescript/bin/tsc -p ."
    or die "could not run tsc: $!\n";
while (my $line = <$tsc>) {
    $file = $1 if $line =~ /^(\S[^(:]*)/;
    $said{ $file // 'tsc' } .= $line;
}
close $tsc;
is($? >> 8, 2, 'the compiler has run, and found the mutants');

is($said{'dashboard.ts'} // '', '', 'the dashboard is one of Grafana');
for my $i (0 .. $#mutants) {
    my ($name, $pattern) = @{ $mutants[$i] };
    like($said{"mutant_$i.ts"} // 'nothing',
        qr/$pattern/, "would be noticed: $name");
    delete $said{"mutant_$i.ts"};
}
delete $said{'dashboard.ts'};
is(join('', %said), '', 'and nothing else is found');

done_testing;
