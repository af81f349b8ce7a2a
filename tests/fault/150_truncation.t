#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# A request over FastCGI that ends after each of its bytes, is aborted, has a
# wrong length, or stalls.  Nothing of it is stored, the answer is none or 503,
# never a 4xx for missing bytes, and the next request is not affected.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Socket qw(SHUT_WR);
use Test::More;

use Psql qw(integration query);
use Responder;
use World qw(now);

my $NEXT_S = 0.1;
my $STALL_S = 10;
my $SLACK_S = 0.4; # for a machine that does other things
my $WORKERS = 4;

my $world = World->new;
my $integration = integration(token => 'secret');
my $responder =
    Responder->start(world => $world, conf => { workers => $WORKERS });
my ($stored, $number, %count) = (0, 0);

sub parts
{
    my (%o) = @_;
    return Responder::parts(
        integration => $integration,
        token => 'secret',
        event => {
            event_type => 'create',
            Id => $o{id} // 'cut',
            Title => 'A title',
            Description => 'd' x ($World::LONG ? 1000 : 200)
        },
        %o);
}

# A whole request is served, and in time.
sub next_is_served
{
    my ($name, $seconds) = @_;
    my $start = now();
    my $answer = $responder->post(
        integration => $integration,
        token => 'secret',
        seconds => 20,
        event => {
            event_type => 'create',
            Id => 'whole ' . ++$number,
            Title => 'A title'
        });
    my $took = now() - $start;
    $stored++ if $answer->{status} == 200;
    return $answer->{status} == 200 && $took <= ($seconds // $NEXT_S) + $SLACK_S
        ? '' : sprintf '%s: then %s after %.3f s', $name, $answer->{status},
        $took;
}

# Send the bytes and hang up, all or our half.  What is wrong, or ''.
sub cut
{
    my ($bytes, $name, $half) = @_;
    my $s = $responder->connect;
    Responder::put($s, $bytes);
    if (!$half) {
        $s->close;
        return '';
    }
    shutdown $s, SHUT_WR;
    my $answer = Responder::get($s, 10);
    $count{ $answer->{status} }++;
    return "$name: silent" if $answer->{silent};
    return $answer->{status} == 0 || $answer->{status} == 503
        ? '' : "$name: $answer->{status} $answer->{body}";
}

my @parts = parts();
my $bytes = join '', @parts;
my $begin = length($parts[0]) + length $parts[1];
my (@wrong, @slow);
is(next_is_served('at first', 2), '', 'a whole request is served');
for my $k (0 .. length($bytes) - 1) {
    my $wrong = cut(substr($bytes, 0, $k), "$k bytes", 1);
    push @wrong, $wrong if $wrong;
    cut(substr($bytes, 0, $k), "$k bytes", 0);
    next if $k % 50;
    my $slow = next_is_served("$k bytes");
    push @slow, $slow if $slow;
}
is(join("\n", @wrong), '', 'what ends early is answered 503 or not at all');
is(join("\n", @slow), '', 'and the next request is served at once');
note(length($bytes) . ' bytes, the body from ' . $begin);
cmp_ok($count{503} // 0, '>', 100, 'many heard 503');

# CONTENT_LENGTH is not the length.
my $body = $Cgi::JSON->encode(
    { event_type => 'create', Id => 'length', Title => 'A title' });
for my $off (-1, 1, -length $body) {
    my $answer = $responder->post(
        integration => $integration,
        token => 'secret',
        event => $body,
        variables => { CONTENT_LENGTH => length($body) + $off });
    is($answer->{status}, 503, "a length that is off by $off");
}
for my $odd ('1x', '-5', ' ', '99999999999999999999') {
    my $answer = $responder->post(
        integration => $integration,
        token => 'secret',
        event => $body,
        variables => { CONTENT_LENGTH => $odd });
    is($answer->{status}, 503, "a length of '$odd'");
}

# The web server gives up.
for my $at (0 .. 2) {
    my $s = $responder->connect;
    Responder::put($s, join('', @parts[ 0 .. $at - 1 ])
            . ($at == 2 ? substr $parts[2], 0, 60 : '')
            . Responder::abort_request());
    is(next_is_served("aborted after $at parts"), '',
        "a request aborted after $at of its parts is in nobody's way");
    my $answer = Responder::get($s, 0.2);
    unlike($answer->{status}, qr/^[24]/, 'and was not taken, nor refused');
    $s->close;
}

# Peers that stall, in every worker.
my @stalled;
for my $k (0, 5, length($parts[0]) + 40, $begin + 30) {
    my $s = $responder->connect;
    Responder::put($s, substr $bytes, 0, $k);
    push @stalled, $s;
}
is(scalar @stalled, $WORKERS, 'every worker has a peer that stalls');
is(next_is_served('all stalled', $STALL_S), '',
    'they give up on a peer that stalls');
for my $s (@stalled) {
    my $answer = Responder::get($s, 3);
    like($answer->{status}, qr/^(0|503)$/, 'which is answered 503 or not');
    ok($answer->{closed} || $answer->{whole}, 'and is hung up on');
}

is(query('select count(*) from tocsin.events'), $stored,
    'only whole requests are stored');
ok($responder->stop, 'the responder ends when told to');
is($responder->{status}, 0, 'with status 0');

done_testing();
