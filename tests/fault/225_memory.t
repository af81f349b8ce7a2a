#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The responder gives memory back after long bodies, as many at once as there
# are workers.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';
use World::Front;

my $CAP = 2 * 1024 * 1024;
my $WORKERS = 64;
my $KEPT_MIB = 32;
my $GROWN_MIB = 7; # after short arrays

my $int = integration();

# Memory of the responder, in MiB.
sub resident
{
    my ($pid) = World::Front::running($ENV{FRONT_PROGRAM});
    open my $f, '<', "/proc/$pid/status" or die "no responder: $!\n";
    my ($kib) = join('', <$f>) =~ /^VmRSS:\s+(\d+) kB/m;
    return $kib / 1024;
}

# As many as fit into a body.
sub many
{
    my ($head, $unit, $tail) = @_;
    my $n = int(($CAP - length("$head$tail")) / (length($unit) + 1));
    return $head . join(',', ($unit) x $n) . $tail;
}

my $event = '{"event_type":"create","Title":"t"';
my %body = (
    'one long member' =>
        qq($event,"Meta":{"a":") . 'x' x ($CAP - 100) . '"}}',
    'many members' => many("$event,", '"a":1', '}'),
    'an array' => '[' . join(',', (qq($event,"x":") . 'x' x 2000 . '"}') x 1000)
        . ']',
    'no JSON' => '[' x $CAP,
);

# Post it over so many connections at once, and return what was answered.
sub crowd
{
    my ($to, $body) = @_;
    my @answers = together(
        map {
            [
                POST => "integration/$to",
                headers => [ 'Content-Type' => 'application/json' ],
                body => $body
            ]
        } 1 .. $WORKERS);
    my %said = map { $_->{status} => 1 } @answers;
    return join ' ', sort keys %said;
}

accepted(post($int, "$event}"), 'created', 'an event');

# Short bodies, of which each is parsed to much more.
my $fresh = resident();
my $array =
    '[' . join(',', (qq($event,"x":") . 'x' x 200 . '"}') x 100) . ']';
crowd($int, $array) for 1 .. 4;
World::await(5, sub { resident() < $fresh + $GROWN_MIB });
my $grown = resident() - $fresh;
note(sprintf 'after arrays of 100: %.1f MiB more than fresh', $grown);
cmp_ok($grown, '<', $GROWN_MIB,
    'what short arrays were parsed to is given back');

for my $kind (sort keys %body) {
    for my $to ($int, 'int_nobody99') {
        my $said = crowd($to, $body{$kind});
        World::await(5, sub { resident() < $KEPT_MIB });
        my $mib = resident();
        note(sprintf '%d times %s, answered %s: %.1f MiB are left',
            $WORKERS, $kind, $said, $mib);
        cmp_ok($mib, '<', $KEPT_MIB,
            "$kind to $to: the memory is given back");
    }
}
done_testing;
