#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Few file descriptors: the responder raises the limit, runs with fewer workers
# or does not start, and logs it; SIGTERM ends it even when none is left.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Psql qw(integration);
use Responder;
use World qw(await need now);

need('prlimit');
my $world = World->new;
$world->start_postgres;
my $int = integration();
my $number = 0;

sub responder
{
    my ($limit, %o) = @_;
    return Responder->start(world => $world,
        wrap => [ 'prlimit', "--nofile=$limit" ], %o);
}

sub post
{
    my ($responder) = @_;
    return $responder->post(world => $world, integration => $int,
        event => { event_type => 'create', Id => ++$number, Title => 't' })
        ->{status};
}

my $began = now();
my $responder = responder(20, wait => 0);
ok($responder->ended(10), 'with too few descriptors it does not start');
cmp_ok(now() - $began, '>=', 0.05,
    'but lives until lighttpd has looked whether it does');
is($responder->{status} >> 8, 1, 'its status says so');
like($world->log_text,
    qr/64 workers need \d+ file descriptors and one needs \d+, but .* is 20:/,
    'and its log says why');

$responder = responder('20:1000');
is(post($responder), 200, 'a soft limit is raised');
like($world->log_text, qr/: serving with 64 workers$/m,
    'so that all workers start');
ok($responder->stop, 'and it ends when told to');

$responder = responder(50);
like($world->log_text, qr/the limit is 50: only (\d+) workers;/,
    'with some it has fewer workers');
my @waiting = map { $responder->connect } 1 .. 40;
sleep 0.5;
$_->close for @waiting;
is(post($responder), 200, 'which work');
is(post($responder), 200, 'and work on') for 1 .. 5;

my $least = responder(29, away => 1);
is(post($least), 202, 'the least that it starts with is enough for the spool');
ok($least->stop, 'to the end');
ok(Responder::drain($world), 'which is drained');

# None left at all.
is(system('prlimit', '--pid', $responder->{pid}, '--nofile=4'), 0,
    'when there are none left');
my @stuck = map { $responder->connect } 1 .. 4;
ok(await(10, sub { $world->log_text =~ /could not accept a connection/ }),
    'it takes no connection, and says so');
my $start = now();
ok($responder->stop, 'but ends when told to');
cmp_ok(now() - $start, '<', 4, 'at once');

done_testing;
