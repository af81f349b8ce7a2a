#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Responders are killed every 100 milliseconds while they work, whoever
# starts them again: lighttpd, mod_fcgid, or a supervisor that keeps the
# socket.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(report verdict);
use Load qw(load);
use World qw(now pick);

my @fronts = qw(lighttpd-spawn lighttpd-socket apache-fcgid);
my $seconds = pick(60, 2);
my $world = World->new;
my %kills;

# Kill for a while; test what a sender sees then and afterwards.
sub torment
{
    my ($front, $name) = @_;

    $world->start_front($front);
    # mod_fcgid lets some requests wait long for a process.
    load($world, name => $name, wait => 30);
    sleep 0.5;
    my $until = time + $seconds;
    while (time < $until) {
        my @workers = $world->workers;
        $kills{$front} += kill 'KILL', $workers[ rand @workers ] if @workers;
        sleep 0.1;
    }
    my $last = now();
    sleep 3.5;
    is($world->stop_front, 0, "$front: the spool is emptied in the end");

    my @attempts = grep { $_->{request_id} =~ /^$name-/ }
        @{ History::read_history($world->{dir}) };
    my @odd = grep { $_->{status} !~ /^(2..|500|502|503)$/ } @attempts;
    is(scalar @odd, 0, "$front: what fails is answered 500, 502 or 503");
    diag(join "\n", map { "$_->{status} " . ($_->{error} // '') } @odd)
        if @odd;
    my @after = grep { $_->{invoke} > $last + 2 } @attempts;
    cmp_ok(scalar @after, '>', 50, "$front: requests come after the kills");
    is(scalar(grep { $_->{status} !~ /^2/ } @after), 0,
        "$front: two seconds after the last kill, all is well");
    my $good = grep { $_->{status} =~ /^2/ } @attempts;
    diag("$front: $kills{$front} kills, $good of " . @attempts . ' accepted');
}

torment($fronts[$_], "f$_") for 0 .. $#fronts;
my $v = verdict($world);
$v->{faults} += $_ for values %kills;
report(
    $v,
    faults => 5 * $seconds,
    ambiguous => $seconds,
    acknowledged => 100 * $seconds);
is($world->end, 0, 'everything ends when it is told to');
done_testing;
