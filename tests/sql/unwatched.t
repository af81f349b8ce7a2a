#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What notifications cost ingest, in statements, as auto_explain shows them: if
# no route matches an integration, none that names a table of notifications; if
# one does, a single insert more for all events of a call that change alerts;
# those of one alert are judged and noted in turn.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib";
use File::Temp qw(tempdir);
use Files qw(save);
use Psql qw(psql);
use Test::More;

my $database = Psql::installed();
my $dir = tempdir(CLEANUP => 1);
my $n = 0;

psql($database, '-c', "insert into tocsin_internal.integration
    (integration_id, name) values ('int_unwatched', 'unwatched'),
    ('int_watched0', 'watched')");

# The statements of a call with these events, "TYPE ID", in their order; those
# that one of them executes are among them.
sub statements
{
    my ($integration, @events) = @_;
    my $rows = join ', ', map {
        my ($type, $id) = split / /;
        my $create = $type eq 'create';
        my @create = $create ? ("'T'", "''") : ('null') x 2;
        my @empty = $create ? ("'{}'", "'{}'", "'{}'", 'false')
            : ('null') x 4;
        sprintf "row('%08x-0000-7000-8000-000000000000', now(), 'webhook',"
            . " '%s', null, '%s', '%s', %s, null, %s, null, null, null, %s,"
            . " null, '192.0.2.1')::tocsin_api.event_in", ++$n, $integration,
            $type, $id, join(', ', @create), join(', ', @empty),
            $create ? "'{}'" : 'null';
    } @events;
    save("$dir/call.sql", <<"END");
begin;
-- The first call of a session also asks whether tables have grown.
select from tocsin_api.ingest('{}'::tocsin_api.event_in[]);
load 'auto_explain';
set auto_explain.log_min_duration = 0;
set auto_explain.log_nested_statements = on;
set auto_explain.log_format = json;
set client_min_messages = log;
select outcome from tocsin_api.ingest(array[$rows]);
reset client_min_messages;
commit;
END
    my ($text, $ok) = psql($database, '-f', "$dir/call.sql");
    die "$text\n" unless $ok;
    my @statements = $text =~ /^ *"Query Text": "((?:[^"\\]|\\.)*)"/mg;
    s/\\[nt]/ /g, s/  +/ /g, s/^ | $//g for @statements;
    # The call itself, whose text has the events.
    return grep { !/tocsin_api\.ingest\(array/ } @statements;
}

# Those of the second list that are not in the first, and the other way round.
sub difference
{
    my ($one, $other) = @_;
    my %count;
    $count{$_}-- for @$one;
    $count{$_}++ for @$other;
    return map { $count{$_} > 0 ? ("+ $_") x $count{$_}
            : ("- $_") x -$count{$_} } sort keys %count;
}

my @calls = (
    [ 'one create', ['create a'] ],
    [ 'one acknowledge', ['acknowledge a'] ],
    [ 'one resolve', ['resolve a'] ],
    [ 'several', [ 'create b', 'create c', 'create d' ] ],
    [ 'nothing that moves', [ 'create c', 'acknowledge x', 'resolve x' ] ],
);
my %unwatched = map {
    my ($name, $events) = @$_;
    ($name => [ statements('int_unwatched', @$events) ])
} @calls;

psql($database, '-c', <<'END');
select from tocsin_api.destination_add('hook', 'webhook',
    'https://example.org/', null);
select from tocsin_api.route_add('watched', '[{"to": "hook"}]',
    '{"integration_id": "int_watched0"}');
END
for (@calls) {
    my ($name, $events) = @$_;
    my @watched = statements('int_watched0', @$events);
    cmp_ok(scalar @{ $unwatched{$name} }, '>', 3, "$name: statements are seen");
    is((grep { /outbox|delivery|route\b/ } @{ $unwatched{$name} }), 0,
        'unwatched, none is about what is told');
    my @more = difference($unwatched{$name}, \@watched);
    my @wanted = $name eq 'nothing that moves' ? () : ('insert');
    s/^\+ insert into (?:tocsin_internal\.)?outbox .*/insert/ for @more;
    is_deeply(\@more, \@wanted, 'watched, there is '
            . (@wanted ? 'one insert' : 'none') . ' more');
    is_deeply([ difference($unwatched{$name},
        [ statements('int_unwatched', map { "${_}2" } @$events) ]) ], [],
        'beside a route of another, they are the same');
}
done_testing;
