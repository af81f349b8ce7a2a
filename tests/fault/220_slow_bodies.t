#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# More bodies that never end than there are workers do not keep others out: the
# responder closes their connections, and Apache passes a body on only when it
# is whole.
use strict;
use warnings;

use FindBin qw($Bin);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use Files qw(slurp);
use Load qw(probe);
use Psql qw(integration);
use Responder;
use World qw(await now);

my $SLOW = 80; # beside 64 workers
my $WAIT_S = 4; # what senders wait at least
my $PROMISED = 60_000; # bytes
my $world = World->new;
my $integration = integration(token => $World::TOKEN);

sub create
{
    my ($id) = @_;
    return { event_type => 'create', Id => $id, Title => 't' };
}

# The request but for the end of its body.
sub stall
{
    my ($responder) = @_;
    my ($begin, $params) = Responder::parts(
        integration => $integration,
        token => $World::TOKEN,
        event => create('slow'),
        variables => { CONTENT_LENGTH => $PROMISED });
    my $s = $responder->connect;

    Responder::put($s, $begin . $params . Responder::record(5, '{'));
    return $s;
}

sub responder_hangs_up
{
    my $responder = Responder->start(world => $world);
    my @slow = map { stall($responder) } 1 .. $SLOW;
    my $answer;

    sleep 0.5;
    my $began = now();
    # Others may come first, on a busy machine: again, as senders do.
    await(30, sub {
        $answer = $responder->post(
            integration => $integration,
            token => $World::TOKEN,
            event => create('beside'),
            seconds => $WAIT_S);
        return ($answer->{status} // '') eq '200';
    });
    is($answer->{status}, 200, "one is answered behind $SLOW that stall");
    note(sprintf 'after %.1f s', now() - $began);
    like($world->log_text, qr/request timed out/, 'which are hung up on');
    close $_ for @slow;
    ok($responder->stop, 'the responder ends when it is told to');
}

sub apache_waits
{
    $world->start_front('apache-proxy');
    my ($host, $port) =
        $world->{front}{url} =~ m{^http://([^:/]+):(\d+)/};
    my @slow = map {
        my $s = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port)
            or die "$host:$port: $!\n";
        print {$s} "POST /integration/$world->{integration} HTTP/1.1\r\n"
            . "Host: $host\r\nContent-Type: application/json\r\n"
            . "pagertree-token: $World::TOKEN\r\n"
            . "Content-Length: $PROMISED\r\n\r\n{";
        $s->flush;
        $s;
    } 1 .. $SLOW;

    sleep 0.5;
    # Each of its processes begins with few threads.
    ok(defined await(30, sub { probe($world) == 200 }),
        "Apache answers beside $SLOW that stall");
    unlike(slurp("$world->{front}{dir}/responder.log"),
        qr/request timed out/, 'and passes none of them on');
    close $_ for @slow;
}

responder_hangs_up();
apache_waits();
is($world->end, 0, 'everything ends when it is told to');
done_testing();
