#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# SIGTERM or SIGUSR1 at any moment of a responder's life.  An idle one is
# gone within a second and a busy one within 3.2; a request under way gets
# a whole answer or none, never a 4xx, and what was answered 2xx is stored.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Psql qw(integration query);
use Responder;
use World qw(await now pick);

my $TRIALS = $World::LONG ? 1000 : 40;
my $IDLE_S = 1;
my $BUSY_S = 3.2;
my $SLACK_S = pick(0.5, 2); # for a machine that does other things

my $world = World->new;
my $integration = integration(token => 'secret');
my (@wrong, %promised, %sent, %count);
my ($number, $halves) = (0, 0);

# One responder, one request, one signal.
my @moments = (
    { name => 'while it starts', starting => 1, until => $IDLE_S },
    { name => 'when idle', until => $IDLE_S },
    { name => 'before any byte', parts => 0, until => $BUSY_S },
    { name => 'in the parameters', parts => 1, until => $BUSY_S },
    { name => 'in the body', parts => 2, until => $BUSY_S },
    { name => 'in the call', parts => 3, until => $BUSY_S },
    { name => 'before the answer is read', parts => 3, late => 1,
        until => $BUSY_S },
    { name => 'in the queue', parts => 3, queue => 1, until => $BUSY_S });

sub request
{
    my ($id) = @_;
    $sent{$id} = 1;
    my @parts = Responder::parts(
        integration => $integration,
        token => 'secret',
        event => { event_type => 'create', Id => $id, Title => 'A title' });
    my @body = unpack 'a20a*', $parts[2];
    return (@parts[ 0, 1 ], @body);
}

# What is wrong with the answer, or ''.
sub judge
{
    my ($answer, $whole) = @_;
    my $status = $answer->{status};

    $count{$status}++;
    if ($status == 200 || $status == 202) {
        return 'an answer that is not whole' if !$answer->{whole};
        $promised{ $answer->{json}{event_id} } = 1;
        return '';
    }
    return "an answer of $status" if $status != 0 && $status != 503;
    return 'silence' if $answer->{silent};
    return 'half an answer' if length $answer->{header} && !$status;
    return 'none though the request had been taken'
        if $status == 0 && $whole;
    return '';
}

# Connect and send as far as the moment says; the rest comes afterwards.
sub begin
{
    my ($responder, $moment) = @_;
    my @pieces = request('s' . ++$number);
    my $s = $responder->connect;

    Responder::put($s, join '', splice @pieces, 0,
        $moment->{parts} == 3 ? 4 : $moment->{parts} + ($moment->{parts} == 2));
    return ($s, join '', @pieces);
}

sub trial
{
    my ($moment, $signal) = @_;
    my $responder = Responder->start(
        world => $world,
        conf => { workers => 4 },
        wait => !$moment->{starting});
    my @open;

    kill 'STOP', $responder->{pid} if $moment->{queue};
    @open = map { [ begin($responder, $moment) ] }
        1 .. ($moment->{queue} ? 12 : 1)
        if defined $moment->{parts};
    sleep($moment->{late} ? 0.02 : rand 0.005);
    $responder->signal($signal);
    kill 'CONT', $responder->{pid} if $moment->{queue};
    my $start = now();
    my $half = defined $moment->{parts} && $moment->{parts} < 3;
    if ($half && $halves++ % 5) { # every fifth stays as it is
        sleep rand 0.2;
        Responder::put($_->[0], $_->[1]) for @open;
        $half = 0;
    }
    for (@open) {
        my $wrong = judge(Responder::get($_->[0], 8),
            $moment->{parts} == 3);
        push @wrong, "$signal $moment->{name}: $wrong" if $wrong;
    }
    my $ended = $responder->ended(8);
    my $took = now() - $start;
    push @wrong, sprintf '%s %s: gone after %.2f s', $signal,
        $moment->{name}, $took
        if !$ended || $took > $moment->{until} + $SLACK_S;
    $responder->stop if !$ended;
    # Before it listens for signals it dies of them, and nothing is lost.
    push @wrong, "$signal $moment->{name}: status $responder->{status}"
        if $responder->{status} && !$moment->{starting};
    $count{trials}++;
}

# Make the copy of the integrations, so that 202 is possible too.
my $first = Responder->start(world => $world);
await(10, sub { return -e "$world->{spool}/integrations" });
ok($first->stop, 'an idle responder ends when told to');
for my $i (1 .. $TRIALS) {
    trial($moments[ $i % @moments ], (qw(TERM USR1))[ rand 2 ]);
}
is(join("\n", @wrong), '', 'signals break no promise');
is($count{trials}, $TRIALS, 'all trials were made');
cmp_ok($count{200} // 0, '>', $TRIALS / 2, 'many were answered 200');
cmp_ok($count{0} // 0, '>', 0, 'some were not answered');
ok(Responder::drain($world), 'what waits is drained');
my %stored = map { ($_->[0] => $_->[1]) }
    query('select id, external_id from tocsin.events');
is(join(' ', grep { !$stored{$_} } keys %promised), '',
    'what was answered 2xx is stored');
is(join(' ', grep { !$sent{$_} } values %stored), '',
    'and nothing that was not sent');
is(scalar keys %stored, scalar query(
        'select count(distinct external_id) from tocsin.events'),
    'nothing is stored twice');
note(join ', ', map { "$_: $count{$_}" } sort keys %count);

done_testing();
