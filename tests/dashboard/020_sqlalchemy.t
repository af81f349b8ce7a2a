#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What SQLAlchemy finds, and so Superset, Redash and notebooks: every view
# with its comment, every column with its comment and a type that SQLAlchemy
# knows; the rows can be read by that alone, and nothing can be written.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../grafana", "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'own';
use Run;
use Reader qw(:DEFAULT views columns);

# Debian's own, whatever else is called python3 here.
my $PYTHON = '/usr/bin/python3';

plan(skip_all => 'SQLAlchemy and psycopg2 for Python are not installed')
    if system("$PYTHON -c 'import sqlalchemy, psycopg2' 2>/dev/null");

# Its findings about the schema as it is now.
sub findings
{
    my (@statements) = @_;
    my $run = finish(start(
        {
            program => $PYTHON,
            env => {
                PGUSER => 'tocsin_reader',
                PYTHONDONTWRITEBYTECODE => 1
            }
        },
        "$FindBin::Bin/findings.py", @statements));
    die $run->{err} if $run->{status};
    return json_of($run);
}

# What a tool could make nothing of.
sub faults
{
    my ($found) = @_;
    my @faults;

    for my $name (sort keys %{ $found->{views} }) {
        my $view = $found->{views}{$name};
        push @faults, "$name: no comment" if ($view->{comment} // '') !~ /\w/;
        for my $column (@{ $view->{columns} }) {
            my $which = "$name.$column->{name}";
            push @faults, "$which: no comment"
                if ($column->{comment} // '') !~ /\w/;
            push @faults, "$which: no type" if !$column->{known};
            push @faults, "$which: a time without a zone"
                if $column->{type} =~ /^TIME/ && !$column->{timezone};
            push @faults, "$which: of a type that tools show badly"
                if $column->{type} =~ /^(INTERVAL|MONEY|BIT|OID)$/;
        }
    }
    return @faults;
}

# Views of joins take no writes; the rest is against the reader's settings,
# or against its rights where it has changed those.
my %WRITES = (
    "update tocsin.alerts set title = ''" => '55000',
    'delete from tocsin.events' => '55000',
    'create table tocsin.mine (a int)' => '25006',
    'set transaction read write; create table tocsin.mine (a int)' => '42501',
    'set transaction read write;'
        . " select tocsin_api.setting_set('notify', 'off')" => '42501',
    'select * from tocsin_internal.alert' => '42501');

history(3);
my $found = findings(sort keys %WRITES);
is_deeply([ sort keys %{ $found->{views} } ], [ views() ],
    'it sees every view');
is_deeply($found->{tables}, [], 'and takes none of them for a table');
is(join("\n", faults($found)), '', 'it can make something of all of them');
for my $view (sort keys %{ $found->{views} }) {
    my $of = $found->{views}{$view};
    is_deeply([ map { $_->{name} } @{ $of->{columns} } ],
        [ map { $_->[0] } columns($view) ], "$view: its columns in order");
}
for my $view (qw(alerts events transitions integrations tags)) {
    is($found->{views}{$view}{rows}, sql("select count(*) from tocsin.$view"),
        "$view: all rows come through");
}
is_deeply($found->{refused}, \%WRITES, 'nothing can be written');

# And were something wrong, it would be seen.
sql(<<'SQL');
set client_min_messages = warning;
create view tocsin.wrong as
select now()::timestamp as at, now() - now() as lasted, '1'::xid8 as number;
comment on column tocsin.wrong.lasted is 'How long.';
grant select on tocsin.wrong to tocsin_reader;
SQL
is_deeply([ faults(findings()) ], [
    'wrong: no comment', 'wrong.at: no comment',
    'wrong.at: a time without a zone',
    'wrong.lasted: of a type that tools show badly',
    'wrong.number: no comment', 'wrong.number: no type',
], 'what is wrong with a view is seen');

done_testing();
