#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The disk with PostgreSQL's data loses power, again and again, while the
# database's default is not to wait for the disk: whatever was answered 200 is
# there afterwards.  Without our own setting the same must lose something, or
# the test would prove nothing.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use Apart;
use Disk;
use History qw(read_history report verdict);
use Load qw(load);
use Psql qw(query sql);
use World qw(await descendants need pick);

my $CUTS = pick(20, 2);
my $CONTROLS_MAX = 5;
my @LOAD_S = $World::LONG ? (2, 5) : (1, 2);

need(qw(mkfs.ext4 mount));

# Nothing but a commit that waits, or a checkpoint, brings the log to disk.
$ENV{POSTGRES_FSYNC} = 'on';
my $world = World->new(postgres =>
        'wal_writer_delay=10s full_page_writes=on checkpoint_timeout=1h');
my $pg = "$world->{db}/pg";
query('alter database tocsin set synchronous_commit = off');
query('alter role tocsin_web reset synchronous_commit');

# Move the cluster to a disk of its own.
$world->stop_postgres;
rename $pg, "$pg.old" or die "could not rename $pg: $!\n";
mkdir $pg, 0700;
my $disk = Disk->new($world, $pg)
    // plan(skip_all => 'loop devices cannot be mounted here');
system("rmdir $pg/lost+found && cp -a $pg.old/. $pg"
        . " && chown --reference=$pg.old $pg && chmod 0700 $pg"
        . " && rm -r $pg.old && sync -f $pg") == 0
    or die "could not move the cluster\n";
$world->start_postgres;
$world->start_front;

# Load that PostgreSQL takes directly, a cut at some moment, and PostgreSQL as
# it is afterwards.  For a while nobody sees that the disk is gone.
sub cut
{
    my @pids = World::postgres_pids($world->{db});

    await(30, sub { !$world->spooled }) // die "the spool is not emptied\n";
    sleep $LOAD_S[0] + rand($LOAD_S[-1] - $LOAD_S[0]);
    $disk->cut_power or die "could not cut the power: $!\n";
    sleep rand 0.2;
    kill 'STOP', $pids[0];
    push @pids, descendants($pids[0]);
    kill 'KILL', @pids;
    await(20, sub { !grep { -e "/proc/$_" } @pids })
        // die "PostgreSQL cannot be killed\n";
    $disk->start_again or die "the disk did not come back\n";
    $world->start_postgres;
}

load($world);
is(
    query('select setting from pg_settings'
            . " where name = 'synchronous_commit'"),
    'off', 'a session of this database does not wait for the disk');
cut() for 1 .. $CUTS;
my $v = verdict($world);
$v->{faults} = $CUTS;
report($v, faults => $CUTS, acknowledged => 50 * $CUTS);
my $direct = query('select count(*) from tocsin.events'
        . " where source = 'webhook'");
cmp_ok($direct, '>', 25 * $CUTS, 'many of them were answered 200');
note("$CUTS cuts, $direct of $v->{stored} events stored directly");

# The control: the same without waiting.  Events that were answered 200 and
# are not there.
sub lost
{
    my ($name) = @_;
    my %there = map { $_->[0] => 1 } query('select id from tocsin.events');
    return scalar grep { $_->{request_id} =~ /^$name-/
            && $_->{status} == 200 && !$there{ $_->{event_id} } }
        @{ read_history($world->{dir}) };
}

my $function = sql('select pg_get_functiondef('
        . "'tocsin_internal.prepare_transaction'::regproc)");
$function =~ s/perform set_config\('synchronous_commit'.*?;/null;/
    or die "no setting in:\n$function\n";
my ($lost, $control) = (0, 0);
while (!$lost && $control < $CONTROLS_MAX) {
    my $name = 'control' . ++$control;
    query($function);
    load($world, name => $name);
    cut();
    $world->stop_loads;
    $lost = lost($name);
}
cmp_ok($lost, '>', 0, 'without our setting the same loses something');
note("$lost events answered 200 lost without it in $control cuts");

is($world->end, 0, 'everything ends when it is told to');
done_testing;
