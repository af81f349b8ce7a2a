#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The dashboard keeps every rule, and each rule can fail.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Dashboard;
use Rules;
use Test::More;

binmode $_, ':utf8' for map { Test::More->builder->$_ }
    qw(output failure_output todo_output);

my @names = Rules::names();
for my $name (@names) {
    is(join("\n", Rules::broken($name, load())), '', "$name: as it should be");
}

sub panel
{
    my ($d, $title) = @_;
    my ($found) = grep { $_->{title} eq $title } rows($d), panels($d);
    return $found // die "no panel $title\n";
}

sub variable
{
    my ($d, $name) = @_;
    my ($found) = grep { $_->{name} eq $name } variables($d);
    return $found // die "no variable $name\n";
}

# Change the SQL of a panel.
sub sql
{
    my ($d, $title, $from, $to) = @_;
    my $target = panel($d, $title)->{targets}[0];
    $target->{rawSql} =~ s/$from/$to/ or die "$title has no $from\n";
}

# What would break a rule, and how the rule would say so.
my @mutants = (
    [ 'the head', 'no uid', sub { delete $_[0]{uid} } ],
    [ 'the head', 'schemaVersion', sub { $_[0]{schemaVersion} = 36 } ],
    [ 'the head', 'no refresh', sub { $_[0]{refresh} = '' } ],
    [ 'the head', 'among those', sub { $_[0]{refresh} = '45s' } ],
    [ 'the head', 'no time range', sub { $_[0]{time}{to} = 'now-1h' } ],
    [ 'the head', 'edited', sub { $_[0]{editable} = 0 } ],
    [ 'the head', 'an id', sub { $_[0]{id} = 7 } ],
    [ 'ids', "id ''", sub { delete panel($_[0], 'MTTA')->{id} } ],
    [ 'ids', 'again', sub {
        panel($_[0], 'Installed schema')->{id} = panel($_[0], 'MTTA')->{id};
    } ],
    [ 'ids', 'again', sub {
        panel($_[0], 'Flow')->{id} = panel($_[0], 'MTTA')->{id};
    } ],
    [ 'the grid', 'over MTTA', sub {
        panel($_[0], 'MTTR')->{gridPos}{x}--;
    } ],
    [ 'the grid', 'beyond', sub {
        panel($_[0], 'Silent integrations')->{gridPos}{w}++;
    } ],
    [ 'the grid', 'line 2: not full', sub {
        panel($_[0], 'Silent integrations')->{gridPos}{w}--;
    } ],
    [ 'the grid', 'no place', sub { delete panel($_[0], 'MTTA')->{gridPos} } ],
    [ 'the grid', 'a row is', sub { panel($_[0], 'Flow')->{gridPos}{h} = 2 } ],
    [ 'the grid', 'no size', sub { panel($_[0], 'MTTA')->{gridPos}{w} = 0 } ],
    [ 'words', 'no title', sub { panel($_[0], 'MTTA')->{title} = ' ' } ],
    [ 'words', 'twice', sub { panel($_[0], 'MTTA')->{title} = 'MTTR' } ],
    [ 'words', 'no description', sub {
        delete panel($_[0], 'MTTA')->{description};
    } ],
    [ 'words', 'filters are said', sub {
        panel($_[0], 'MTTA')->{description} =~ s/, tag//;
    } ],
    [ 'words', 'filters are said', sub {
        sql($_[0], 'Unacknowledged', qr/\n +and [^\n]*tag:.*/s, '');
    } ],
    [ 'words', 'no label', sub { delete variable($_[0], 'tag')->{label} } ],
    [ 'units', 'no unit', sub {
        delete panel($_[0], 'MTTA')->{fieldConfig}{defaults}{unit};
    } ],
    [ 'units', 'no such unit: seconds', sub {
        panel($_[0], 'MTTA')->{fieldConfig}{defaults}{unit} = 'seconds';
    } ],
    [ 'units', 'no such unit: x', sub {
        my $config = panel($_[0], 'Integrations')->{fieldConfig};
        my ($unit) = grep { $_->{id} eq 'unit' }
            map { @{ $_->{properties} } } @{ $config->{overrides} };
        $unit->{value} = 'x';
    } ],
    [ 'data sources', 'MTTA: another', sub {
        panel($_[0], 'MTTA')->{datasource}{uid} = 'P123';
    } ],
    [ 'data sources', 'uid P123', sub {
        panel($_[0], 'MTTA')->{datasource}{uid} = 'P123';
    } ],
    [ 'data sources', 'Installed schema A: another', sub {
        my $t = panel($_[0], 'Installed schema')->{targets}[0];
        $t->{datasource}{uid} = '${other}';
    } ],
    [ 'data sources', 'variable tag', sub {
        variable($_[0], 'tag')->{datasource} = undef;
    } ],
    [ 'data sources', 'annotation Incidents', sub {
        $_[0]{annotations}{list}[0]{target}{datasource}{type} = 'mysql';
    } ],
    [ 'the variable of the data source', 'label', sub {
        variable($_[0], 'datasource')->{label} = 'Database';
    } ],
    [ 'the variable of the data source', 'none', sub {
        shift @{ $_[0]{templating}{list} };
    } ],
    [ 'the variable of the data source', 'two', sub {
        push @{ $_[0]{templating}{list} }, $_[0]{templating}{list}[0];
    } ],
    [ 'variables', 'not read again', sub {
        variable($_[0], 'tag')->{refresh} = 1;
    } ],
    [ 'variables', 'no text and value', sub {
        variable($_[0], 'tag')->{query} =~ s/__text/tag/;
    } ],
    [ 'variables', 'all is every value', sub {
        delete variable($_[0], 'tag')->{allValue};
    } ],
    [ 'variables', 'status: all is every value', sub {
        delete variable($_[0], 'status')->{allValue};
    } ],
    [ 'variables', 'not several', sub {
        variable($_[0], 'integration')->{multi} = 0;
    } ],
    [ 'variables', 'does not begin', sub {
        variable($_[0], 'status')->{current}{value} = ['open'];
    } ],
    [ 'variables', 'nobody asks', sub {
        variable($_[0], 'zone')->{name} = 'timezone';
    } ],
    [ 'targets', 'nothing to show', sub {
        panel($_[0], 'MTTA')->{targets} = [];
    } ],
    [ 'targets', 'no SQL', sub {
        panel($_[0], 'MTTA')->{targets}[0]{rawSql} = '';
    } ],
    [ 'targets', 'no format', sub {
        panel($_[0], 'MTTA')->{targets}[0]{format} = 'csv';
    } ],
    [ 'targets', 'as code', sub {
        $_[0]{annotations}{list}[1]{target}{editorMode} = 'builder';
    } ],
    [ 'targets', 'of type graph', sub {
        panel($_[0], 'MTTA')->{type} = 'graph';
    } ],
    [ 'variables in SQL', 'no variable team', sub {
        sql($_[0], 'MTTA', qr/tag:/, 'team:');
    } ],
    [ 'variables in SQL', 'not by sqlstring: \$tag', sub {
        sql($_[0], 'MTTA', qr/\$\{tag:sqlstring\}/, '$tag');
    } ],
    [ 'variables in SQL', 'not by sqlstring: \$\{tag', sub {
        sql($_[0], 'MTTA', qr/tag:sqlstring/, 'tag:csv');
    } ],
    [ 'variables in SQL', 'not by sqlstring: \[\[tag', sub {
        sql($_[0], 'MTTA', qr/\$\{tag:sqlstring\}/, '[[tag]]');
    } ],
    [ 'macros', '__timeFilter', sub {
        sql($_[0], 'MTTA', qr/\(created_at/, '(date(created_at)');
    } ],
    [ 'macros', '__timeGroupAlias', sub {
        sql($_[0], 'Handling time', qr/\$__interval/, '5m');
    } ],
    [ 'macros', '__timeFrom', sub {
        sql($_[0], 'MTTA', qr/where/, 'where created_at > $__timeFrom() and');
    } ],
    [ 'time series', 'not in the order', sub {
        sql($_[0], 'Handling time', qr/\n order by 1/, '');
    } ],
    [ 'time series', 'not of the time range', sub {
        sql($_[0], 'Handling time', qr/\$__timeFilter\S+/, 'true');
    } ],
    [ 'time series', 'no column time', sub {
        sql($_[0], 'Alerts by day and hour', qr/as time/, 'as day');
    } ],
    [ 'time series', 'wants another format', sub {
        panel($_[0], 'Handling time')->{targets}[0]{format} = 'table';
    } ],
    [ 'time series', 'wants another format', sub {
        panel($_[0], 'MTTA')->{targets}[0]{format} = 'time_series';
    } ],
    [ 'what SQL reads', 'reads tocsin_internal.alert', sub {
        sql($_[0], 'MTTA', qr/tocsin\.alerts/, 'tocsin_internal.alert');
    } ],
    [ 'what SQL reads', 'reads alerts', sub {
        sql($_[0], 'MTTA', qr/tocsin\.alerts/, 'alerts');
    } ],
    [ 'what SQL reads', 'whatever columns', sub {
        sql($_[0], 'Installed schema', qr/select.*(?=\n *from)/s, 'select *');
    } ],
    [ 'what SQL reads', 'without end', sub {
        sql($_[0], 'Live alerts', qr/\n limit.*/, '');
    } ],
    [ 'the form of SQL', '80 columns', sub {
        sql($_[0], 'MTTA', qr/ = 0|\n/, ' ' x 60);
    } ],
    [ 'the form of SQL', 'one line', sub {
        panel($_[0], 'MTTA')->{targets}[0]{rawSql} =~ s/\n */ /g;
    } ],
    [ 'the form of SQL', 'more than one', sub {
        sql($_[0], 'MTTA', qr/\z/, "\n; select 1");
    } ],
    [ 'the form of SQL', 'white space', sub {
        sql($_[0], 'MTTA', qr/\n/, " \n");
    } ],
    [ 'the form of SQL', 'loud', sub { sql($_[0], 'MTTA', qr/from/, 'FROM') }
    ],
    [ 'colours of statuses', 'acknowledged has no colour', sub {
        my $config = panel($_[0], 'Live alerts')->{fieldConfig};
        my ($map) = map { @{ $_->{value} } } grep { $_->{id} eq 'mappings' }
            map { @{ $_->{properties} } } $config->{overrides}[0];
        delete $map->{options}{acknowledged}{color};
    } ],
    [ 'colours of statuses', 'open has no colour', sub {
        my $p = panel($_[0], 'Alerts of the time range');
        $p->{fieldConfig}{overrides} = [];
    } ],
    [ 'links', 'leads elsewhere', sub { $_[0]{uid} = 'another' } ],
    [ 'links', 'no column integration_id', sub {
        my $target = panel($_[0], 'Integrations')->{targets}[0];
        $target->{rawSql} =~ s/integration_id/other/g;
    } ],
);

my %broken;
for my $mutant (@mutants) {
    my ($name, $pattern, $change) = @$mutant;
    my $d = load();
    $change->($d);
    like(join("\n", Rules::broken($name, $d)),
        qr/$pattern/, "$name: would say $pattern");
    $broken{$name}++;
}
is_deeply([ sort keys %broken ], \@names, 'every rule has been broken');

# What JSON leaves open: a member that is there twice is lost in reading.
sub members
{
    my ($node) = @_;
    my @below = ref $node eq 'HASH' ? values %$node
        : ref $node eq 'ARRAY' ? @$node : ();
    my $n = ref $node eq 'HASH' ? keys %$node : 0;
    $n += members($_) for @below;
    return $n;
}
is(members(load()), scalar(() = $TEXT =~ /^ +"(?:[^"\\]|\\.)*": /mg),
    'each member is there once');
unlike($TEXT, qr/\t|\r| +$/m, 'its lines have no odd white space');

done_testing;
