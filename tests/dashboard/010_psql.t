#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What psql tells a newcomer who logs in as the reader: which views there
# are, what each is for, and the type and the meaning of every column.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../grafana", "$FindBin::Bin/../lib";
use Test::More;
use World postgres => 'own';
use Run;
use Reader qw(:DEFAULT columns);

my @VIEWS = qw(alerts annotations daily deliveries destinations events
    heartbeats hourly integrations metric_definitions open_alerts prometheus
    schema_info tags transitions);

# The cells of what one of psql's commands shows, line by line, its heads
# first.
sub shown
{
    my ($command) = @_;
    my $run = finish(start(
        { program => 'psql', env => { PGUSER => 'tocsin_reader' } },
        '-XA', '-v', 'ON_ERROR_STOP=1', '-P', 'footer=off',
        '-F', "\x1f", '-R', "\x1e", '-c', $command));
    die "$command: $run->{err}" if $run->{status};
    return map { [ split /\x1f/, $_, -1 ] } split /\x1e/,
        $run->{out} =~ s/^[^\x1f]*\x1e//r =~ s/\n\z//r;
}

# The same, each line as a hash of what its heads name.
sub table
{
    my ($heads, @lines) = shown($_[0]);
    my @names = @$heads;
    return map {
        my %line;
        @line{@names} = @$_;
        \%line;
    } grep { @$_ == @names } @lines;
}

history(3);

my %listed = map { $_->{Name} => $_ } table('\dv+ tocsin.*');
is_deeply([ sort keys %listed ], \@VIEWS, 'psql lists the views, no others');
is_deeply([ sort map { $_->{Name} } table('\dv') ], \@VIEWS,
    'and does so without being told the schema');
is_deeply([ map { $_->{Name} } table('\dn tocsin*') ],
    [qw(tocsin tocsin_api tocsin_internal)],
    'the other schemas can be seen to be there');
for my $view (@VIEWS) {
    like($listed{$view}{Description}, qr/^\S.{15,}/s,
        "$view: what it is for is said");
    is($listed{$view}{Owner}, 'tocsin_owner', "$view: belongs to the owner");
    my @seen = table("\\d+ tocsin.$view");
    is_deeply([ map { [ @{$_}{qw(Column Type Description)} ] } @seen ],
        [ columns($view) ], "$view: its columns, their types and meanings");
    is(join(' ', map { $_->{Column} } grep { $_->{Description} !~ /\w{2}/ }
                @seen), '', "$view: no column goes without a meaning");
}

done_testing();
