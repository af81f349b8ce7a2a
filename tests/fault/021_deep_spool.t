#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Spooling an event costs no more when very many wait already.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(quantile report verdict);
use Load qw(load);
use World qw(await pick);

my $files = pick(90_000, 10_000);
my $seconds = pick(30, 3);

# Copies of a file that waits, each under a number of its own.
sub fill
{
    my ($world) = @_;
    my ($first) = $world->spooled;
    my $new = "$world->{spool}/new";

    open my $in, '<', "$new/$first" or die "could not read $first: $!\n";
    my $text = join '', <$in>;
    my ($uid, $gid) = (stat $in)[ 4, 5 ];
    for my $i (1 .. $files) {
        my $path = sprintf '%s/%020d-%04x-%d', $new, $i, $i % 0xffff,
            length $text;
        open my $out, '>', $path or die "could not write $path: $!\n";
        print $out $text;
        close $out;
        chown $uid, $gid, $path;
    }
}

# Seconds of processor that a process has used.
sub processor
{
    my ($pid) = @_;
    open my $file, '<', "/proc/$pid/stat" or die "the responder died\n";
    my @fields = split ' ', <$file> =~ s/^.*\) //r;
    return ($fields[11] + $fields[12]) / 100;
}

my $world = World->new(front_name => 'lighttpd-spawn');
my ($worker) = $world->workers;

# A load into the spool; what an event of it cost, and its attempts.
sub measure
{
    my ($name) = @_;
    my $used = processor($worker);
    load($world, name => $name);
    sleep $seconds;
    $world->stop_loads;
    $used = processor($worker) - $used;
    my @attempts = grep { $_->{request_id} =~ /^$name-/ }
        @{ History::read_history($world->{dir}) };
    diag(sprintf '%s: %.2f ms of processor for an event',
        $name, 1000 * $used / @attempts);
    return ($used / @attempts, @attempts);
}

$world->stop_postgres;
load($world, rate => 5, clients => 1, name => 'first');
await(10, sub { scalar(my @files = $world->spooled) })
    // die "nothing is spooled\n";
$world->stop_loads;
my ($shallow) = measure('shallow');
fill($world);
my ($deep, @attempts) = measure('deep');
my @later = sort { $a <=> $b } map { $_->{done} - $_->{invoke} } @attempts;
is(scalar(grep { $_->{status} != 202 } @attempts), 0,
    'every event is answered 202');
cmp_ok(quantile(\@later, 0.99), '<=', pick(0.25, 1),
    '99 of 100 answers come at once');
cmp_ok($deep, '<=', 4 * $shallow,
    'an event costs no more than four times what the first ones did');

$world->start_postgres;
my $v = verdict($world, drain => 60);
$v->{faults} = 1;
report($v, faults => 1, queued => 180 * $seconds);
is($world->end, 0, 'everything ends when it is told to');
done_testing;
