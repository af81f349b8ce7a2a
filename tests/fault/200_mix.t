#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# All faults at random, several at a time, under events of all types: the
# history must be that of one event after the other.
use strict;
use warnings;

use FindBin qw($Bin);
use List::Util qw(sum0);
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use Apart;
use Files qw(preload save);
use History qw(report verdict);
use Load qw(load);
use World qw(await pick);

my $seconds = pick(300, 15);
my $world = World->new;
my %faults;

sub write_step
{
    my ($by) = @_;
    open my $file, '+<', "$world->{dir}/clockstep"
        or die "clockstep: $!\n";
    syswrite $file, pack 'q', $by;
}

# A clock for the responder that can be stepped.
sub make_clock
{
    my $library = preload("$Bin/lib/clockstep.c", $world->{dir});
    save("$world->{dir}/clockstep", pack 'q', 0);
    return (LD_PRELOAD => $library, CLOCKSTEP => "$world->{dir}/clockstep");
}

sub kill_server
{
    my $front = $world->{front};
    kill 'KILL', $front->{server_pid};
    await(5, sub { waitpid($front->{server_pid}, WNOHANG) != 0 });
    $front->start_server;
}

# What is done, and what undoes it.
my %nemesis = (
    'kill PostgreSQL' => [
        sub { $world->kill_postgres },
        sub { $world->start_postgres }
    ],
    'stop PostgreSQL' => [
        sub { $world->stop_postgres },
        sub { $world->start_postgres }
    ],
    'freeze PostgreSQL' => [
        sub { $world->freeze_postgres },
        sub { $world->thaw_postgres }
    ],
    'kill the responder' => [
        sub { kill 'KILL', $world->workers }, sub { }
    ],
    'end the responder' => [
        sub { kill 'TERM', $world->workers }, sub { }
    ],
    'kill the web server' => [ \&kill_server, sub { } ],
    'restart the web server' => [
        sub { kill 'USR1', $world->{front}{server_pid} }, sub { }
    ],
    'fill the spool' => [
        sub {
            system "dd if=/dev/zero of=$world->{spool}/fill bs=1M"
                . ' 2>/dev/null';
        },
        sub { unlink "$world->{spool}/fill" }
    ],
    'step the clock' => [
        sub { write_step(rand 2 > 1 ? 3600 : -3600) },
        sub { write_step(0) }
    ],
);

# One or two faults at once, of which one only touches PostgreSQL.
sub choose
{
    my ($first, $second) = map { $_->[1] }
        sort { $a->[0] <=> $b->[0] } map { [ rand, $_ ] } sort keys %nemesis;
    return ($first) if rand > 0.4;
    return ($first) if "$first $second" =~ /PostgreSQL.*PostgreSQL/;
    return ($first, $second);
}

my %clock = make_clock();
$world->start_front(
    'lighttpd-spawn',
    spool_bytes => 32 * 1024 * 1024,
    environment => \%clock);
load($world, plan => 'mixed', rate => pick(110, 100), clients => 8);
my $until = time + $seconds;
my $least = pick(60, 5);
# A busy machine takes longer for as many.
while (time < $until || sum0(values %faults) < $least) {
    sleep 0.3 + rand 1.2;
    # First one that surely fills the spool: chance may leave out the rest.
    my $first = !%faults;
    my @chosen = $first ? ('stop PostgreSQL') : choose();
    for my $fault (@chosen) {
        $faults{$fault}++;
        $nemesis{$fault}[0]->();
        sleep rand 0.3;
    }
    sleep($first ? 2 : 0.2 + rand 3);
    $nemesis{$_}[1]->() for reverse @chosen;
}
sleep 2;
my $v = verdict($world);
$v->{faults} += sum0(values %faults);
diag(join ', ', map { "$_: $faults{$_}" } sort keys %faults);
report(
    $v,
    faults => $least,
    # In a short run chance may leave none.
    @{ pick([ ambiguous => 500 ], []) },
    queued => pick(2000, 100),
    acknowledged => pick(20_000, 60 * $seconds));
cmp_ok($v->{latency}[-1], '<=', 7.5, 'no request hangs');
is($world->end, 0, 'everything ends when it is told to');
done_testing;
