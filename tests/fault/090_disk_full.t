#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The disk with PostgreSQL's log is filled up and freed again.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use Apart;
use History qw(is_prompt report verdict);
use Load qw(load);
use World qw(await pick);

my $rounds = pick(5, 2);

# Move the log to a disk of 64 MiB.
sub move_log
{
    my ($world) = @_;
    my $pg = "$world->{db}/pg";

    mkdir "$world->{dir}/disk";
    $world->stop_postgres;
    $world->mount('-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'none',
        "$world->{dir}/disk");
    system("chown --reference=$pg $world->{dir}/disk"
        . " && cp -a $pg/pg_wal $world->{dir}/disk/"
        . " && rm -r $pg/pg_wal && ln -s $world->{dir}/disk/pg_wal $pg/")
        == 0
        or die "could not move the log\n";
    $world->start_postgres;
}

# How many ways of failing for want of space PostgreSQL's own log names.
sub complaints
{
    my ($world) = @_;
    open my $file, '<', "$world->{db}/postgres.log" or die "no log: $!\n";
    return scalar(() = grep { /No space left on device/ } <$file>);
}

my $world = World->new(
    postgres => 'min_wal_size=32MB max_wal_size=32MB wal_recycle=off'
        . ' full_page_writes=on');
move_log($world);
$world->start_front;
load($world, rate => 50);
my ($full, $complaints) = (0, 0);
for (1 .. $rounds) {
    sleep 1;
    my $before = complaints($world);
    system("dd if=/dev/zero of=$world->{dir}/disk/fill bs=1M 2>/dev/null");
    # What is in the open segment can still be filled.
    my $until = time + 60;
    while (time < $until && complaints($world) == $before) {
        system 'psql -XAtqc "select pg_logical_emit_message('
            . q{false, 'x', repeat('x', 4000000))"}
            . ' >/dev/null 2>&1';
        sleep 0.05;
    }
    $full++ if complaints($world) > $before;
    # On a busy machine the log's last segment lasts for longer.
    await(60, sub { $world->spooled >= pick(300, 60) });
    unlink "$world->{dir}/disk/fill";
    $world->start_postgres;
    ok(defined await(30, sub { !$world->spooled }),
        'what was taken meanwhile is stored when there is space again');
}
my $v = verdict($world);
$v->{faults} = $full;
report(
    $v,
    faults => $rounds,
    queued => 50 * $rounds,
    acknowledged => 80 * $rounds);
is($v->{acknowledged}, $v->{attempts}, 'every event is accepted');
is_prompt($v->{latency}[-1]);
is($world->end, 0, 'everything ends when it is told to');
done_testing;
