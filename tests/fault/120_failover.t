#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# PostgreSQL's standby is frozen; its primary is killed and the standby
# promoted; the old primary comes back read-only.  First the responder knows
# both hosts; then it knows a pooler with a connection per transaction, which is
# killed, and which somebody points at the new primary, late.  Nothing is lost,
# since commits wait for the standby; with one that they do not wait for, what
# is lost is counted.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;

use lib "$Bin/lib", "$Bin/../lib";

use Files qw(peek save);
use History qw(report verdict);
use Load qw(load);
use World qw(await has_program pick $ROOT);

my $seconds = pick(20, 1); # of load, for each thing that happens
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
        $copy, '-h', $ENV{PGHOST}, '-U', 'postgres', '-c', 'fast', '--no-sync');
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

# What tocsin check says of replication.
sub said_of_replication
{
    my $where = "host=$ENV{PGHOST} port=5432 dbname=tocsin user=tocsin_web";
    my $said =
        qx(TOCSIN_CONF=/dev/null $ROOT/build/tocsin -d '$where' check);
    return join ' ', $said =~ /^(\w+ +replication +.*)$/mg;
}

# Have commits wait for what follows under these names.
sub wait_for
{
    my ($names) = @_;
    History::rows("alter system set synchronous_standby_names = '$names'");
    History::rows('select pg_reload_conf()');
    await(10, sub {
        return Psql::query('show synchronous_standby_names') eq $names;
    }) // die "the setting is not read\n";
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
    run_pooler($world);
    return $dir;
}

sub run_pooler
{
    my ($world) = @_;
    my $dir = "$world->{dir}/pooler";

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
}

# At once, as an out-of-memory killer does.
sub kill_pooler
{
    my ($world) = @_;
    my $pid = delete $world->{pooler};

    kill 'KILL', $pid;
    waitpid $pid, 0;
    $world->release($pid);
    unlink glob "$world->{dir}/pooler/.s.* $world->{dir}/pooler/pid";
}

sub stored
{
    my ($where) = @_;
    return History::rows("select count(*) from tocsin.events$where")->[0][0];
}

# Let the load go on until the database that the environment names has this
# many more events that waited in no spool.
sub let_store
{
    my ($name, $n) = @_;
    my $stored = sub { stored(" where source = 'webhook'") };
    my $before = $stored->();

    ok(defined await(60, sub { $stored->() >= $before + $n }), $name);
}

# Let it go on until events wait in the spool.
sub let_spool
{
    my ($world, $name) = @_;

    ok(defined await(60, sub { $world->spooled >= 20 * $seconds }), $name);
}

# A primary and a standby, and a responder that knows both, or a pooler.
sub start_both
{
    my ($pooled) = @_;
    my $world = World->new(
        postgres => 'wal_level=replica',
        settings => $pooled ? 'prepared = no' : '');
    my $standby = add_standby($world);
    my $who = 'dbname=tocsin user=tocsin_web';

    $world->at_end(sub { $standby->stop_postgres });
    $world->{database} = $pooled
        ? 'host=' . start_pooler($world) . " port=$POOLER_PORT $who"
        : "host=$ENV{PGHOST},$standby->{host} port=5432,5432 $who"
        . ' target_session_attrs=read-write';
    return ($world, $standby);
}

# As after the copy, a standby may take a moment to follow.
sub is_said
{
    my ($pattern, $name) = @_;
    my $said;

    await(10, sub { ($said = said_of_replication()) =~ $pattern });
    like($said, $pattern, "check: $name");
}

# What tocsin check says while there is no load yet.
sub check_tells
{
    my ($world) = @_;

    is_said(qr/^warn .* 1 standbys follow asynchronously: .*failover\(7\)$/,
        'commits wait for nothing');
    wait_for('nobody');
    is_said(qr/^warn .*_names names no standby that follows: commits wait/,
        'they wait for one that is not there');
    my $log = "$world->{dir}/wal";
    mkdir $log, 0700;
    run('chown', 'postgres:', $log) if $> == 0;
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        open STDERR, '>', '/dev/null';
        { no warnings 'exec'; exec 'env', '-C', '/', @as_server,
            bindir() . '/pg_receivewal', '-D', $log, '-h', $ENV{PGHOST},
            '-U', 'postgres'; }
        POSIX::_exit(127);
    }
    $world->adopt($pid);
    wait_for('walreceiver');
    is_said(qr/^warn .* pg_receivewal follows, but .* does not name it/,
        'another follows for which they do not wait');
    kill 'KILL', $pid;
    waitpid $pid, 0;
    $world->release($pid);
}

sub failover
{
    my ($pooled) = @_;
    my ($world, $standby) = start_both($pooled);
    my ($old, $new) = ($ENV{PGHOST}, $standby->{host});

    check_tells($world) unless $pooled;
    # From here on no commit is answered before the standby has it.
    wait_for('*');
    ok(defined await(10, \&following), 'a synchronous standby follows');
    is_said(qr/^ok +replication +commits wait for \*$/, 'they wait for it');
    $world->start_front;
    load($world, rate => 50, plan => 'mixed');
    let_store('events are stored', 40 * $seconds);
    cmp_ok(stored(" where source = 'spool'"), '<', 4 * $seconds,
        'next to none of them was queued');
    # But that tocsin check may not list the integrations.
    my @errors = grep { !/ function integration_list$/ }
        (peek("$world->{db}/postgres.log") // '') =~ /ERROR: .*/g;
    is("@errors", '', 'and PostgreSQL complains about nothing');

    # Commits that wait for it are given up, and found stored later.
    $standby->freeze_postgres;
    let_spool($world, 'with a frozen standby events wait');
    $standby->thaw_postgres;
    ok(defined await(60, sub { !$world->spooled }),
        'what waited for a frozen standby is stored when that goes on');
    if ($pooled) {
        kill_pooler($world);
        let_spool($world, 'without the pooler events wait');
        run_pooler($world);
        ok(defined await(60, sub { !$world->spooled }),
            'and are stored when there is another one');
    }

    $world->kill_postgres;
    let_spool($world, 'without the primary events wait');
    $ENV{PGHOST} = $new;
    is(History::rows('select pg_promote()')->[0][0], 't',
        'the standby is promoted');
    let_store('the new primary takes events directly', 20 * $seconds)
        unless $pooled;

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
        ok(defined await(10, sub { !grep { $_ == $worker } $world->workers }),
            'the responder ends when it is told to');
    }
    let_store('and again with the old one there', 40 * $seconds);
    check($world, $old);
}

sub check
{
    my ($world, $old) = @_;
    my $new = $ENV{PGHOST};
    my $v = verdict($world);

    $v->{faults} = 3;
    report(
        $v,
        faults => 3,
        queued => 10,
        acknowledged => 3 * 40 * $seconds);
    $ENV{PGHOST} = $old;
    cmp_ok(stored(''), '<', $v->{stored},
        'nothing more went to the old primary');
    $ENV{PGHOST} = $new;
    is($world->end, 0, 'everything ends when it is told to');
}

# The standby crashes a second before the primary does.  If it were frozen, it
# would find what was sent meanwhile in its socket.
sub lossy_failover
{
    my ($world, $standby) = start_both(0);

    $world->start_front;
    load($world, rate => 50);
    let_store('events are stored', 40 * $seconds);
    $standby->kill_postgres;
    let_store('more are, of which it has none', 20);
    $world->kill_postgres;
    $standby->start_postgres;
    is(History::rows('select pg_promote()')->[0][0], 't',
        'the standby is promoted');
    let_store('it takes events', 20 * $seconds);
    my $v = verdict($world);
    diag(sprintf 'a standby for which commits do not wait: %d of %d events'
            . ' that were answered 2xx are lost',
        @$v{qw(lost acknowledged)});
    cmp_ok($v->{lost}, '>', 0, 'what it did not have yet is lost');
    cmp_ok($v->{stored}, '>', 20 * $seconds, 'what it had is not');
    is($v->{duplicates} + $v->{unexpected}, 0, 'and nothing else is wrong');
    is($world->end, 0, 'everything ends when it is told to');
}

subtest 'the responder knows both hosts' => sub { failover(0) };
subtest 'it knows a pooler' => sub {
    plan(skip_all => 'pgbouncer is not installed')
        unless has_program('pgbouncer');
    failover(1);
};
subtest 'commits do not wait for the standby' => \&lossy_failover;
done_testing;
