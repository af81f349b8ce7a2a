#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Power fails, again and again, while events are written to a spool on a disk of
# its own: whatever was answered 202 is there afterwards, whole.  The same
# without fsync must lose something, or the test would prove nothing.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(sleep);

use Apart;
use Cgi;
use Disk;
use Files qw(peek);
use Psql qw(integration query);
use Responder;
use World qw(await need);

my $CUTS = $World::LONG ? 50 : 6;
my $CLIENTS = 4;
my $PAUSE_S = 0.04; # of each client: 100 events a second of all
my @LOAD_S = $World::LONG ? (2, 5) : (0.2, 0.8);
my $EATMYDATA = 'libeatmydata.so.1';

need(qw(mkfs.ext4 mount));
my $world = World->new;
my $place = "$world->{dir}/disk";
my $disk;
my $integration = integration(token => 'secret');
my $cuts = 0;

# One sender: posts until it is told to stop, and writes down each event
# that was promised.
sub send_all
{
    my ($responder, $name) = @_;
    my $stop = 0;
    my $n = 0;

    local $SIG{TERM} = sub { $stop = 1 };
    open my $file, '>>', "$world->{dir}/promised" or die "no file: $!\n";
    while (!$stop) {
        my $answer = $responder->post(
            integration => $integration,
            token => 'secret',
            event => {
                event_type => 'create',
                Id => "$name-" . ++$n,
                Title => 'A title',
                Description => 'd' x rand 3000
            });
        syswrite $file, "$answer->{json}{event_id}\n"
            if $answer->{status} == 202;
        sleep $PAUSE_S;
    }
}

# Load, a cut at some moment, and the disk as it is afterwards: the events
# that were promised and are not there, and the files that are not whole.
sub cut
{
    my (%env) = @_;
    my $responder = Responder->start(
        world => $world,
        away => 1,
        conf => { workers => 8, spool_volatile => 'no' },
        env => \%env);
    my @clients;

    for my $n (1 .. $CLIENTS) {
        my $pid = fork // die "could not fork: $!\n";
        if (!$pid) {
            eval { send_all($responder, "$cuts-$n"); 1 } or print STDERR $@;
            POSIX::_exit(0);
        }
        $world->adopt($pid);
        push @clients, $pid;
    }
    sleep $LOAD_S[0] + rand($LOAD_S[1] - $LOAD_S[0]);
    $disk->cut_power or die "could not cut the power: $!\n";
    $cuts++;
    sleep 0.1;
    kill 'TERM', @clients;
    for (@clients) {
        waitpid $_, 0;
        $world->release($_);
    }
    kill 'KILL', $responder->{pid};
    $responder->ended(20) or die "the responder did not end\n";
    $disk->start_again or die "the disk did not come back\n";
    my %there = map { ($_->{id} => 1) } grep { $_ }
        map { World::event_in("$world->{spool}/new/$_") }
        $world->spooled('new');
    my @promised = split /\n/, peek("$world->{dir}/promised") // '';
    return {
        promised => scalar @promised,
        lost => scalar(grep { !$there{$_} } @promised),
        torn => [ $world->torn ]
    };
}

mkdir $place;
$disk = Disk->new($world, $place, '-N', 60_000)
    // plan(skip_all => 'loop devices cannot be mounted here');
$world->{spool} = "$place/spool";

# The copy of the integrations has to be there for good.
Responder::drain($world);
await(10, sub { return -e "$world->{spool}/integrations" });
system 'sync', '-f', $place;

my ($lost, $torn, $last) = (0, 0);
for (1 .. $CUTS) {
    $last = cut();
    $lost += $last->{lost};
    $torn += @{ $last->{torn} };
}
is($lost, 0, 'nothing that was answered 202 is lost');
is($torn, 0, 'no file in new/ is torn');
is($cuts, $CUTS, 'the power was cut as often as was meant');
cmp_ok($last->{promised}, '>', 5 * $CUTS, 'many events were promised');
note("$cuts cuts, $last->{promised} events promised");

my $disk_files = $world->spooled('new');
ok(Responder::drain($world, seconds => 60), 'what waits is drained');
my %stored = map { ($_->[0] => 1) } query('select id from tocsin.events');
my @promised = split /\n/, peek("$world->{dir}/promised");
is(scalar(grep { !$stored{$_} } @promised), 0, 'and every event is stored');
is(scalar keys %stored, $disk_files, 'once');

# The control.
SKIP: {
    skip "$EATMYDATA is not installed", 1
        if !-e (glob "/usr/lib/*/$EATMYDATA")[0];
    my $control = 0;
    unlink "$world->{dir}/promised";
    for (1 .. $CUTS) {
        $control = cut(LD_PRELOAD => $EATMYDATA);
        last if $control->{lost};
    }
    cmp_ok($control->{lost}, '>', 0,
        'without fsync the same loses something');
    note("lost $control->{lost} of $control->{promised} without fsync");
}

done_testing();
