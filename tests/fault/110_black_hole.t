#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The network swallows what is sent to PostgreSQL, with one host or two in
# the conninfo; and a name server that never answers.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use Apart;
use History qw(is_prompt report verdict);
use Load qw(load);
use World qw(await pick);

my $NEAR = '10.231.0.1';
my $FAR = '10.231.0.2';
my $NOBODY = '10.232.0.9'; # behind $FAR, which does not pass it on

my $seconds = pick(20, 4);
my $rest = 'port=5432 dbname=tocsin user=tocsin_web';
my $seat;

END { kill 'KILL', $seat if $seat }

sub run
{
    system(@_) == 0 or die "failed: @_\n";
}

# Another network namespace, for PostgreSQL, and a cable to it.
sub lay_cable
{
    $seat = fork // die "could not fork: $!\n";
    if (!$seat) {
        exec 'unshare', '--net', 'sleep', '1000';
    }
    my $ours = readlink '/proc/self/ns/net';
    await(5, sub { (readlink "/proc/$seat/ns/net" // $ours) ne $ours })
        // die "no network namespace\n";
    my @there = ('nsenter', '-t', $seat, '-n');
    run(split ' ', $_) for (
        "ip link add near type veth peer name far netns $seat",
        "ip addr add $NEAR/24 dev near",
        'ip link set near up',
        "@there ip addr add $FAR/24 dev far",
        "@there ip link set far up",
        "@there ip link set lo up",
        "ip route add 10.232.0.0/24 via $FAR");
    return @there;
}

sub allow_network
{
    my ($world) = @_;
    open my $file, '>>', "$world->{db}/pg/pg_hba.conf" or die "hba: $!\n";
    print $file "host all all 10.231.0.0/24 trust\n";
    close $file;
    History::rows('select pg_reload_conf()');
}

# Test that for a while everything is taken, by what there is.
sub stage
{
    my ($world, $name, $database, $swallow) = @_;
    my @there = @{ $world->{wrapper} };

    $world->set_database($database);
    load($world, rate => 50, name => $name);
    sleep 2;
    run(@there, qw(ip route add blackhole), $NEAR) if $swallow;
    sleep $seconds;
    run(@there, qw(ip route del blackhole), $NEAR) if $swallow;
    $world->stop_loads;
    my @attempts = grep { $_->{request_id} =~ /^$name-/ }
        @{ History::read_history($world->{dir}) };
    my ($longest) = sort { $b <=> $a }
        map { $_->{done} - $_->{invoke} } @attempts;
    is(scalar(grep { $_->{status} !~ /^2/ } @attempts), 0,
        "$name: every event is accepted");
    cmp_ok(scalar(grep { $_->{status} == 202 } @attempts), '>=',
        10 * $seconds, "$name: the run is not vacuous");
    is_prompt($longest);
    return if !$swallow;
    ok(defined await(20, sub { !$world->spooled }),
        "$name: all is stored when the network is back");
}

my $world = World->new(
    wrapper => [ lay_cable() ],
    postgres => "listen_addresses=$FAR");
allow_network($world);
open my $file, '>', "$world->{dir}/resolv.conf" or die "resolv.conf: $!\n";
print $file "nameserver $NOBODY\n";
close $file;
run('mount', '--bind', "$world->{dir}/resolv.conf", '/etc/resolv.conf');

$world->{database} = "host=$FAR $rest";
$world->start_front;
stage($world, 'one-host', "host=$FAR $rest", 1);
stage($world, 'two-hosts', "host=$NOBODY,$FAR $rest", 1);
stage($world, 'no-name', "host=database.example.org $rest", 0);
my ($worker) = $world->workers;
kill 'TERM', $worker;
ok(defined await(1, sub { !-e "/proc/$worker/exe" }),
    'who waits for a name server ends when told to');
$world->set_database("host=$FAR $rest");

my $v = verdict($world);
$v->{faults} = 3;
# Of 50 a second in three stages, on a machine that does other things: in each,
# the senders wait 1 s for the first connection, and in two of them 2 s for the
# call that the network swallows.
report($v, queued => 30 * $seconds, acknowledged => 50 * ($seconds + 2));
is($world->end, 0, 'everything ends when it is told to');
done_testing;
