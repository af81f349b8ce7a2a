#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# PostgreSQL's primary is killed and its synchronous standby promoted; the old
# primary comes back read-only.  First the responder knows both hosts; then it
# knows a pooler with a connection per transaction, which somebody points at
# the new primary, late.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;
use Time::HiRes qw(sleep);

use lib "$Bin/lib", "$Bin/../lib";

use Files qw(peek save);
use History qw(is_prompt report verdict);
use Load qw(load);
use World qw(await has_program pick);

my $seconds = pick(20, 2);
my $POOLER_PORT = 6432;
my @as_server = $> == 0
    ? qw(setpriv --reuid=postgres --regid=postgres --init-groups)
    : ();
my $READ_ONLY = qr/ERROR:  cannot store events in a read-only transaction/;

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

# What replicates to a synchronous standby.
sub following
{
    return History::rows('select count(*) from pg_stat_replication'
            . " where sync_state = 'sync'")->[0][0];
}

# Point the pooler at a host; it reads this again at SIGHUP.
sub point_pooler
{
    my ($world, $host) = @_;
    my $dir = "$world->{dir}/pooler";

    save("$dir/ini", <<"END");
[databases]
tocsin = host=$host port=5432 dbname=tocsin
[pgbouncer]
listen_addr =
listen_port = $POOLER_PORT
unix_socket_dir = $dir
auth_type = trust
auth_file = $dir/users
pool_mode = transaction
server_login_retry = 1
logfile = $dir/log
pidfile = $dir/pid
END
    kill 'HUP', $world->{pooler} if $world->{pooler};
}

sub start_pooler
{
    my ($world) = @_;
    my $dir = "$world->{dir}/pooler";

    mkdir $dir, 0711;
    save("$dir/users", qq("tocsin_web" ""\n));
    point_pooler($world, $ENV{PGHOST});
    run('chown', 'postgres:', $dir) if $> == 0;
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        $ENV{PATH} .= ':/usr/sbin';
        { no warnings 'exec'; exec @as_server, 'pgbouncer', "$dir/ini"; }
        POSIX::_exit(127);
    }
    $world->adopt($pid);
    await(10, sub { -S "$dir/.s.PGSQL.$POOLER_PORT" })
        // die "the pooler does not start\n";
    $world->{pooler} = $pid;
    return $dir;
}

sub stored
{
    my ($where) = @_;
    return History::rows("select count(*) from tocsin.events$where")->[0][0];
}

sub failover
{
    my ($pooled) = @_;
    my $world = World->new(
        postgres => 'wal_level=replica',
        settings => $pooled ? 'prepared = no' : '');
    my $standby = add_standby($world);
    $world->at_end(sub { $standby->stop_postgres });

    # From here on no commit is answered before the standby has it.
    History::rows("alter system set synchronous_standby_names = '*'");
    History::rows('select pg_reload_conf()');
    ok(defined await(10, \&following), 'a synchronous standby follows');

    my ($old, $new) = ($ENV{PGHOST}, $standby->{host});
    my $who = 'dbname=tocsin user=tocsin_web';
    $world->{database} = $pooled
        ? 'host=' . start_pooler($world) . " port=$POOLER_PORT $who"
        : "host=$old,$new port=5432,5432 $who target_session_attrs=read-write";
    $world->start_front;
    load($world, rate => 50, plan => 'mixed');
    sleep $seconds;
    my $before = stored('');
    is(stored(" where source = 'spool'"), 0, 'none of them was queued');
    my @errors = (peek("$world->{db}/postgres.log") // '') =~ /ERROR: .*/g;
    is("@errors", '', 'and PostgreSQL complains about nothing');

    $world->kill_postgres;
    sleep $seconds / 2;
    $ENV{PGHOST} = $new;
    is(History::rows('select pg_promote()')->[0][0], 't',
        'the standby is promoted');
    sleep $seconds unless $pooled;

    # The old primary takes no write any more: it says so with 25006.
    $world->{postgres} = 'default_transaction_read_only=on'
        . ' synchronous_standby_names=';
    {
        local %ENV = %ENV;
        $world->postgres('start');
    }
    if ($pooled) {
        ok(
            defined await(20, sub {
                (peek("$world->{db}/postgres.log") // '') =~ $READ_ONLY;
            }),
            'the old primary refuses what the pooler brings it');
        point_pooler($world, $new);
    } else {
        my ($worker) = $world->workers;
        kill 'TERM', $worker;
    }
    sleep $seconds;
    check($world, $before, $old);
}

sub check
{
    my ($world, $before, $old) = @_;
    my $new = $ENV{PGHOST};

    await(20, sub { !$world->spooled });
    sleep 1;
    my $v = verdict($world);
    $v->{faults} = 2;
    my $direct = stored(" where source = 'webhook'");
    report(
        $v,
        faults => 2,
        queued => 10,
        acknowledged => 3 * 40 * $seconds);
    cmp_ok($before, '>', 20 * $seconds,
        'the run is not vacuous: events before');
    cmp_ok($direct - $before, '>', 20,
        'the run is not vacuous: the new primary takes events directly');
    is_prompt($v->{latency}[-1]);
    $ENV{PGHOST} = $old;
    cmp_ok(stored(''), '<', $v->{stored},
        'nothing more went to the old primary');
    $ENV{PGHOST} = $new;
    is($world->end, 0, 'everything ends when it is told to');
}

subtest 'the responder knows both hosts' => sub { failover(0) };
subtest 'it knows a pooler' => sub {
    plan(skip_all => 'pgbouncer is not installed')
        unless has_program('pgbouncer');
    failover(1);
};
done_testing;
