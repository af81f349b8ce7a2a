#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# PostgreSQL's primary is killed and its synchronous standby promoted, while
# the responder knows both hosts; the old primary comes back read-only.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use History qw(report verdict);
use Load qw(load);
use World qw(await pick);

my $seconds = pick(20, 3);
my @as_server = $> == 0
    ? qw(setpriv --reuid=postgres --regid=postgres --init-groups)
    : ();

sub run
{
    system(@_) == 0 or die "failed: @_\n";
}

sub bindir
{
    my ($bin) = sort { $b cmp $a } glob '/usr/lib/postgresql/*/bin';
    return $bin;
}

# A copy of the cluster that follows it, in a directory of its own.
sub add_standby
{
    my ($primary) = @_;
    my $standby = bless { %$primary, db => "$primary->{dir}/standby",
        postgres => '' }, 'World';
    my $copy = "$standby->{db}/pg";

    mkdir $standby->{db}, 0711 or die "could not make it: $!\n";
    mkdir $copy, 0700;
    run('chown', 'postgres:', $copy) if $> == 0;
    open my $hba, '>>', "$primary->{db}/pg/pg_hba.conf" or die "hba: $!\n";
    print $hba "local replication all trust\n";
    close $hba;
    History::rows('select pg_reload_conf()');
    run('env', '-C', '/', @as_server, bindir() . '/pg_basebackup', '-R', '-D',
        $copy, '-h', $ENV{PGHOST}, '-U', 'postgres', '-c', 'fast');
    my %there = map { $_ => $ENV{$_} } grep { /^PG/ } keys %ENV;
    $standby->start_postgres;
    $standby->{host} = $ENV{PGHOST};
    @ENV{ keys %there } = values %there;
    return $standby;
}

# By the standby's socket, what replicates from there.
sub following
{
    return History::rows('select count(*) from pg_stat_replication'
            . " where sync_state = 'sync'")->[0][0];
}

my $world = World->new(postgres => 'wal_level=replica');
my $standby = add_standby($world);
END { $standby->stop_postgres if $standby }

# From here on no commit is answered before the standby has it.
History::rows("alter system set synchronous_standby_names = '*'");
History::rows('select pg_reload_conf()');
ok(defined await(10, \&following), 'a synchronous standby follows');

my $old = $ENV{PGHOST};
$world->{database} = "host=$old,$standby->{host} port=5432,5432"
    . ' dbname=tocsin user=tocsin_web target_session_attrs=read-write';
$world->start_front;
load($world, rate => 50, plan => 'mixed');
sleep $seconds;
my $before = History::rows('select count(*) from tocsin.events')->[0][0];
$world->kill_postgres;
sleep $seconds / 2;
$ENV{PGHOST} = $standby->{host};
is(History::rows('select pg_promote()')->[0][0], 't',
    'the standby is promoted');
sleep $seconds;

# The old primary takes no write any more: it says so with 25006.
$world->{postgres} = 'default_transaction_read_only=on'
    . ' synchronous_standby_names=';
{
    local %ENV = %ENV;
    $world->postgres('start');
}
my ($worker) = $world->workers;
kill 'TERM', $worker;
sleep $seconds;

$ENV{PGHOST} = $standby->{host};
my $v = verdict($world);
$v->{faults} = 2;
my $direct = History::rows('select count(*) from tocsin.events'
        . " where source = 'webhook'")->[0][0];
report(
    $v,
    faults => 2,
    queued => 10,
    acknowledged => 3 * 40 * $seconds);
cmp_ok($before, '>', 20 * $seconds, 'the run is not vacuous: events before');
cmp_ok($direct - $before, '>', 20 * $seconds,
    'the run is not vacuous: the new primary takes events directly');
cmp_ok($v->{latency}[-1], '<=', 3.2, 'every answer comes within 3.2 seconds');
$ENV{PGHOST} = $old;
my $there = History::rows('select count(*) from tocsin.events')->[0][0];
cmp_ok($there, '<', $v->{stored}, 'nothing more went to the old primary');
$standby->stop_postgres;
undef $standby;
is($world->end, 0, 'everything ends when it is told to');
done_testing;
