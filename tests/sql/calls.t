#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The programs of a release go on with the next version of the schema: what
# tests/sql/releases/N.calls holds, the statements of the programs that need
# version N, is understood after an upgrade, with the same results.  The
# statements of this program are those in cgi/db/db.c, and a release adds
# them beside its dump.
#
# Programs of version 2 refuse a new connection to any other.  Theirs go on in
# sessions from before the upgrade, but cannot refresh their copy of the
# integrations: its statement is not in 2.calls.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use File::Temp qw(tempdir);
use Files qw(save slurp);
use Psql qw(psql $SQL);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my ($schema) = slurp("$Bin/../../Makefile") =~ /^SCHEMA = (\d+)$/m;

# The statements in db.c.
sub calls_of
{
    my ($source) = @_;
    my ($ingest) = $source =~ /ingest_sql\[\] =((?:\s*"[^"]*")+);/;
    my ($table) = $source =~ /\} calls\[DB_CALL_COUNT\] = \{(.*?)\n\};/s;
    return map { join '', /"([^"]*)"/g }
        $ingest, $table =~ /\] =\s*\{((?:\s*"[^"]*")+)/g;
}

# Columns and types of a statement's result, or the error.
sub described
{
    my ($database, $call) = @_;
    save("$dir/call.sql", "$call \\gdesc\n");
    return scalar psql($database, '-f', "$dir/call.sql");
}

sub restored
{
    my ($release) = @_;
    my $database = Psql::database();
    psql($database, '-f', "$SQL/roles.sql", '-f',
        "$Bin/releases/$release.dump");
    return $database;
}

# As the responder has it.
sub prepare_ingest
{
    my ($session, $call) = @_;
    return $session->run("set role tocsin_web;\nprepare ingest as $call");
}

# The outcome of a create through the prepared statement.
my %ingest = (
    2 => q{array['%s'::uuid], array[now()], '{webhook}', '{int_plain}',
        '{null}', '{create}', '{%s}', '{T}', '{""}', '{null}', '{"{}"}',
        '{"{}"}', '{"{}"}', '{f}', '{null}', '{null}', '{null}', '{"{}"}',
        '{null}', '{null}'});

sub stored
{
    my ($session, $release, $n) = @_;
    my $arguments = sprintf $ingest{$release},
        "01a00000-0000-7000-8000-00000000000$n", "during the upgrade $n";
    return (split /\|/, $session->run("execute ingest($arguments)"))[1];
}

my $fresh = Psql::installed();
my @calls = calls_of(slurp("$Bin/../../cgi/db/db.c"));
cmp_ok(scalar @calls, '>', 20, 'the program has many calls');
unlike(described($fresh, $_), qr/ERROR/, "this program's: $_") for @calls;

for my $release (2 .. $schema - 1) {
    my @old = split /\n/, slurp("$Bin/releases/$release.calls");
    my $database = restored($release);
    my $session = Psql->new($database);
    is(prepare_ingest($session, $old[0]), '', "release $release is connected");
    is(stored($session, $release, 1), 'created', 'and stores an event');
    my %before = map { $_ => described($database, $_) } @old;
    psql($database, '-f', "$SQL/install.sql");
    for my $call (@old) {
        unlike($before{$call}, qr/ERROR/, "release $release: $call");
        like(described($database, $call), qr/^\Q$before{$call}\E/,
            'has the same columns');
    }
    is(stored($session, $release, 2), 'created',
        'it stores events after the upgrade');
}

done_testing;
