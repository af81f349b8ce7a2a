#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Two cells behind one web server, with the shipped files.  The database of one
# is frozen, then killed: the other takes every event at once, as before, and
# neither loses any.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(quantile report verdict);
use Http;
use Load qw(load);
use Psql qw(integration psql query $SQL);
use World qw(await pick);
use World::Front;

my $SECONDS = pick(20, 3);
my $RATE = 50;
my (%world, %env, $runs);

# Run something where the clients of PostgreSQL find that of a cell.
sub in_cell
{
    my ($cell, $code) = @_;
    local @ENV{ keys %{ $env{$cell} } } = values %{ $env{$cell} };
    return $code->();
}

for my $cell (qw(a b)) {
    my $world = $world{$cell} = World->new;
    $env{$cell} = { map { $_ => $ENV{$_} } grep { /^PG/ } keys %ENV };
    $world->{integration} =
        integration(token => $World::TOKEN, prefix => $cell);
    query('select tocsin_api.board_enable(true)');
}

# The views of both, in a database of neither.
sub overview
{
    my $database = Psql::database();
    psql($database, '-c', 'create extension postgres_fdw', map({
        (
            '-c', "create server cell_$_ foreign data wrapper postgres_fdw"
                . " options (host '$env{$_}{PGHOST}', port '5432',"
                . " dbname 'tocsin', async_capable 'true')",
            '-c', "create user mapping for public server cell_$_"
                . " options (user '$env{$_}{PGUSER}')")
    } qw(a b)), '-f', "$SQL/dashboard/cells.sql");
    return $database;
}

sub counts
{
    my ($database) = @_;
    return split /\n/, psql($database, '-c', <<'END');
select count(*) from tocsin.events union all
select count(*) from tocsin.alerts union all
select sum(event_count) from tocsin.hourly
END
}

# What the web server makes of URLs; Http finds it in the environment.
sub passes_on
{
    my ($front) = @_;
    local $ENV{BASE_URL} = $front->{url};

    for my $id (qw(int_c_1234567890ab int_1234567890ab int_ab_4567890abc)) {
        my $answer = create($id, Id => 'stray');
        is($answer->{status}, 404, "$id is no cell's: 404");
        unlike($answer->{headers}{'content-type'} // '', qr/json/,
            'by the web server');
    }
    for my $cell (qw(a b)) {
        my $other = $cell eq 'a' ? 'b' : 'a';
        my $id = $world{$cell}{integration};
        is(request(GET => "$cell/$_")->{status}, 200, "/$cell/$_ is a cell's")
            for qw(live ready);
        my $metrics = request(GET => "$cell/metrics")->{body};
        like($metrics, qr/integration_id="$id"/, "/$cell/metrics has its own");
        unlike($metrics, qr/="int_${other}_/, 'and of no other');
        is(request(GET => "$cell/board")->{status},
            401, "/$cell/board asks for a password");
        my $board = Http::get("$cell/board");
        is($board->{status}, 200, 'and is shown to one who has it');
        like($board->{body}, qr/Alert ${cell}\d/, 'with alerts of the cell');
        unlike($board->{body}, qr/Alert ${other}\d/, 'and of no other');
        my ($link) = $board->{body} =~ m{href="(board/alert/[^"]+)"};
        is(Http::get("$cell/$link")->{status}, 200, 'its links lead on');
        is(request(GET => "$cell/integration/$id")->{status},
            404, 'nothing else is below it');
    }
    is(request(GET => $_)->{status}, 404, "/$_ is nobody's")
        for qw(board live metrics);
}

sub start
{
    my ($name) = @_;
    my $front = World::Front->start(
        $name,
        database => { map { $_ => $world{$_}->conninfo } keys %world },
        settings => 'board = on',
        log_level => 'info');

    for my $cell (qw(a b)) {
        my $world = $world{$cell};
        $world->{front} = $front;
        $world->{spool} = "$front->{dir}/spool_$cell";
        await(30, sub { $world->has_copy })
            // die "the spool of $cell has no copy\n";
    }
    return $front;
}

# Freeze the database of cell a, kill it, and start it again.
sub fault
{
    my ($name) = @_;
    my ($a, $b) = @world{qw(a b)};

    $runs++;
    load($world{$_}, rate => $RATE, plan => 'mixed', name => "$_$runs")
        for qw(a b);
    sleep $SECONDS / 2;
    $a->freeze_postgres;
    sleep $SECONDS;
    $a->thaw_postgres;
    ok(defined await(60, sub { !$a->spooled }), 'thawed, it takes what waits');
    $a->kill_postgres;
    sleep $SECONDS;
    in_cell(a => sub { $a->start_postgres });
    ok(defined await(60, sub { !$a->spooled }), 'as it does when it is back');

    my %v = map { $_ => in_cell($_, sub { verdict($world{$_}) }) } qw(a b);
    is($v{b}{acknowledged}, $v{b}{attempts}, 'b takes every event');
    is($v{b}{queued}, 0, 'each of them with 200');
    diag(sprintf 'behind %s, of b: p99 %.0f ms, max %.0f ms', $name,
        map { 1000 * quantile($v{b}{latency}, $_) } 0.99, 1);
    for my $cell (qw(a b)) {
        $v{$cell}{faults} = 2;
        note("cell $cell");
        report($v{$cell}, faults => 2,
            acknowledged => 2 * $SECONDS * $RATE / 2,
            queued => $cell eq 'a' ? 10 : 0);
    }
}

for my $name (qw(lighttpd-cells apache-cells)) {
    subtest $name => sub {
        my $front = start($name);
        fault($name) if $name eq pick($name, 'lighttpd-cells');
        passes_on($front);
        delete $_->{front} for values %world;
        is($front->stop, 0, 'all ends when it is told to');
    };
}
in_cell(b => sub {
    my $both = overview();
    my @sum = map { [ in_cell($_, sub { counts('tocsin') }) ] } qw(a b);
    is_deeply([ counts($both) ], [ map { $sum[0][$_] + $sum[1][$_] } 0 .. 2 ],
        'the views over both have the sum');
});
is($_->end, 0, 'everything ends when it is told to') for values %world;
done_testing;
