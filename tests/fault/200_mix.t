#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Everything that can go wrong, in any order and at the same time, for as
# long as there is patience: events of all types, and histories that must be
# those of one event after the other.
use strict;
use warnings;

use FindBin qw($Bin);
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use Apart;
use FaultFront;
use Files qw(preload);
use History qw(report);
use Siege qw(await pick);

my $seconds = pick(300, 20);
my $siege = Siege->new(no_front => 1);
my %faults;

sub write_step
{
    my ($by) = @_;
    open my $file, '+<', "$siege->{dir}/clockstep"
        or die "clockstep: $!\n";
    syswrite $file, pack 'q', $by;
}

# A clock for the responder that can be stepped.
sub make_clock
{
    my $library = preload("$Bin/lib/clockstep.c", $siege->{dir});
    Files::save("$siege->{dir}/clockstep", pack 'q', 0);
    return (LD_PRELOAD => $library, CLOCKSTEP => "$siege->{dir}/clockstep");
}

sub kill_server
{
    my $front = $siege->{front};
    kill 'KILL', $front->{server_pid};
    await(5, sub { waitpid($front->{server_pid}, WNOHANG) != 0 });
    $front->start_server;
}

# What is done, and what undoes it.
my %nemesis = (
    'kill PostgreSQL' => [
        sub { $siege->kill_postgres },
        sub { $siege->start_postgres }
    ],
    'stop PostgreSQL' => [
        sub { $siege->stop_postgres },
        sub { $siege->start_postgres }
    ],
    'freeze PostgreSQL' => [
        sub { $siege->freeze_postgres },
        sub { $siege->thaw_postgres }
    ],
    'kill the responder' => [
        sub { kill 'KILL', $siege->workers }, sub { }
    ],
    'end the responder' => [
        sub { kill 'TERM', $siege->workers }, sub { }
    ],
    'kill the web server' => [ \&kill_server, sub { } ],
    'restart the web server' => [
        sub { kill 'USR1', $siege->{front}{server_pid} }, sub { }
    ],
    'fill the spool' => [
        sub {
            system "dd if=/dev/zero of=$siege->{spool}/fill bs=1M"
                . ' 2>/dev/null';
        },
        sub { unlink "$siege->{spool}/fill" }
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
{
    local $FaultFront::SPOOL_BYTES = 32 * 1024 * 1024;
    local %FaultFront::ENVIRONMENT = %clock;
    $siege->start_front;
}
$siege->load(plan => 'mixed', rate => pick(110, 100), clients => 8);
my $until = time + $seconds;
while (time < $until) {
    sleep 0.3 + rand 1.2;
    my @chosen = choose();
    for my $fault (@chosen) {
        $faults{$fault}++;
        $nemesis{$fault}[0]->();
        sleep rand 0.3;
    }
    sleep 0.2 + rand 3;
    $nemesis{$_}[1]->() for reverse @chosen;
}
sleep 2;
my $v = $siege->verdict;
$v->{faults} += $_ for values %faults;
diag(join ', ', map { "$_: $faults{$_}" } sort keys %faults);
report(
    $v,
    faults => pick(60, 5),
    # In a short run chance may leave none.
    @{ pick([ ambiguous => 500 ], []) },
    queued => pick(2000, 100),
    acknowledged => pick(20_000, 60 * $seconds));
cmp_ok($v->{latency}[-1], '<=', 7.5, 'no request hangs');
is($siege->finish, 0, 'everything ends when it is told to');
done_testing;
