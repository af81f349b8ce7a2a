#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# A database that answers but stores nothing: it is read-only, has lost a
# table, or cannot load plpgsql.  /ready and check say so with the reason,
# events wait in the spool, and the responder does not connect again and
# again.
use strict;
use warnings;

use FindBin qw($Bin);
use JSON::PP qw(encode_json);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use Files qw(peek save);
use Psql qw(query sql);
use World qw(await pick $ROOT);

my $SECONDS = pick(5, 3);

my $world = World->new(postgres => 'log_connections=on');
$world->start_front;
$ENV{BASE_URL} = $world->{front}{url};
require Http;

sub ready
{
    return Http::request(GET => 'ready');
}

sub await_ready
{
    my ($status) = @_;
    return defined await(10, sub { ready()->{status} == $status });
}

# New sessions only: what a session has loaded, it keeps.
sub cut_off
{
    query('select count(pg_terminate_backend(pid)) from pg_stat_activity'
            . " where usename = 'tocsin_web'");
}

sub sessions
{
    my $log = peek("$world->{db}/postgres.log");
    return scalar(() = $log =~ /connection authorized: user=tocsin_web/g);
}

sub log_lines
{
    return scalar(
        () = join('', map { peek($_) } glob "$world->{front}{dir}/*.log") =~
            /^.*tocsin\[/mg);
}

sub stored
{
    my ($prefix) = @_;
    return query('select count(*) from tocsin.events where external_id like'
            . " '$prefix-%' and outcome = 'created'");
}

# Nothing is stored from $begin->() to $end->(), for the reason that matches.
sub refuses
{
    my ($name, $reason, $check, $begin, $end) = @_;
    my @events = map { { event_type => 'create', Id => "$name-$_",
        Title => 'T' } } 1 .. 200;

    ok(await_ready(200), "$name: all is well");
    $begin->();
    cut_off();
    ok(await_ready(503), "$name: /ready says that it is not");
    ok(
        defined await(
            10, sub { (ready()->{json}{database}{reason} // '') =~ $reason }),
        "$name: and why");
    like(
        qx($ROOT/build/tocsin -c /dev/null -d '@{[ $world->conninfo ]}' check),
        qr/^FAILED  $check/m,
        "$name: so does check");
    my $answer = Http::request(
        POST => "integration/$world->{integration}",
        body => encode_json(\@events),
        headers => [
            'Content-Type' => 'application/json',
            'pagertree-token' => $World::TOKEN,
        ]);
    is($answer->{status}, 202, "$name: events are spooled");
    my ($sessions, $lines) = (sessions(), log_lines());
    sleep $SECONDS;
    cmp_ok(sessions() - $sessions, '<=', 2 * $SECONDS,
        "$name: two sessions a second at most");
    cmp_ok(log_lines() - $lines, '<=', 2 * $SECONDS,
        "$name: and as many lines of log");
    $end->();
    ok(await_ready(200), "$name: mended, all is well");
    ok(defined await(90, sub { !$world->spooled }),
        "$name: the spool is drained");
    is(stored($name), 200, "$name: each event is stored once");
}

refuses(
    'read-only',
    qr/read-only transaction/,
    qr/writable /,
    sub { sql('alter database tocsin set default_transaction_read_only = on') },
    sub { sql('set default_transaction_read_only = off;'
        . ' alter database tocsin reset default_transaction_read_only') });
refuses(
    'renamed',
    qr/relation "tocsin_internal.transition" does not exist/,
    qr/ingest .*transition/,
    sub { sql('alter table tocsin_internal.transition rename to gone') },
    sub { sql('alter table tocsin_internal.gone rename to transition') });
my $library = "$world->{dir}/plpgsql.so";
save($library, 'of another release');
my ($handler, $probin) =
    @{ Psql::rows("select oid, probin from pg_proc
        where proname = 'plpgsql_call_handler'")->[0] }{qw(oid probin)};
refuses(
    'upgraded',
    qr/could not load library/,
    qr/ingest .*: restart PostgreSQL/,
    sub { sql("update pg_proc set probin = '$library' where oid = $handler") },
    sub { sql("update pg_proc set probin = '$probin' where oid = $handler") });

is($world->end, 0, 'everything ends when it is told to');
done_testing;
