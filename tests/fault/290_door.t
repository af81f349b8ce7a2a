#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The responder that tocsin.cgi starts is killed, stopped, shut out and
# replaced, as CGI and under mod_fcgid.  Every request has its answer all the
# same, and every event is stored once.
use strict;
use warnings;

use Fcntl qw(:flock);
use File::Copy qw(copy);
use FindBin qw($Bin);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use lib "$Bin/lib", "$Bin/../lib";

use Cgi;
use Files qw(peek save slurp);
use History qw(read_history report verdict);
use Load qw(load probe);
use Psql qw(integration query);
use World qw(await descendants need now pick);
use World::Front;

need('strace');
my $ANSWER = 3; # seconds, and a margin: begin()
my $SHARE = pick(1, 2); # of the system calls, one of so many is a fault
my @FRONTS = qw(lighttpd-cgi apache-fcgid apache-cgi);
my $world = World->new(thin => 1);
chmod 0711, $ENV{PGHOST}; # for other users
my $integration = integration(token => 'secret');
my ($faults, $traces) = (0, 0);
my %sent; # Id => event id in the answer
my %maybe; # Ids whose sender had no answer

END { kill 'TERM', residents() if $world; }

# The responders behind the door of the world itself.
sub residents
{
    return World::Front::running("$world->{dir}/tocsin.fcgi", '--door');
}

# One request through tocsin.cgi.
sub knock
{
    my ($id, %o) = @_;
    my $answer = Cgi::run(
        world => $world,
        program => "$world->{dir}/tocsin.cgi",
        integration => $integration,
        token => 'secret',
        event => { event_type => 'create', Id => $id, Title => 'A title' },
        %o);
    $sent{$id} = $answer->{json}{event_id};
    return $answer;
}

# The first one makes the spool, and tells how busy this machine is: what
# takes a second here has a larger margin.
sub begin
{
    my $start = time;

    knock('the first one makes the spool');
    my $margin = 5 * (time - $start);
    $ANSWER += $margin > 0.3 ? $margin : 0.3;
    diag(sprintf 'an answer is in time within %.1f s', $ANSWER);
}

# As if none had ever been started.
sub forget
{
    kill 'KILL', residents();
    await(10, sub { !residents() }) // die "a responder stays\n";
    unlink map { "$world->{spool}/$_" } qw(door door.lock);
    truncate $world->{log}, 0;
}

sub serves
{
    return $world->log_text =~ /serving/
        && -S "$world->{spool}/door"
        && residents() == 1;
}

# Time one request, which has its answer whatever there is.
sub answered
{
    my ($name, $most, %o) = @_;
    my $start = time;
    my $answer = knock($name, %o);
    my $seconds = time - $start;

    like($answer->{status}, qr/^20[02]$/, "$name: the answer is a good one")
        or diag(explain($answer));
    cmp_ok($seconds, '<', $most, "$name: it comes in time");
    return $answer;
}

# What stands in the way of a door.
sub obstacles
{
    forget();
    answered('nobody there', $ANSWER);
    ok(defined await(5, sub { serves() }), 'the first request starts one');
    my ($pid) = residents();
    answered('somebody there', $ANSWER);
    is(join(' ', residents()), $pid, 'the next one finds it');

    kill 'STOP', $pid;
    answered('stopped', 2);
    kill 'CONT', $pid;
    kill 'KILL', $pid;
    await(5, sub { !residents() });
    ok(-S "$world->{spool}/door", 'a killed one leaves its socket');
    answered('a socket of the dead', $ANSWER);
    ok(defined await(5, sub { serves() }), 'which is replaced');

    ($pid) = residents();
    unlink "$world->{spool}/door";
    answered('no socket', $ANSWER);
    ok(defined await(5, sub { !kill 0, $pid }),
        'one whose socket was removed ends');
    answered('no socket, once more', $ANSWER);
    ok(defined await(5, sub { serves() }), 'and makes room for the next');

    ($pid) = residents();
    answered('other settings', $ANSWER, conf => { log_level => 'info' });
    ok(defined await(5, sub { !kill 0, $pid }),
        'one that has other settings ends');
    forget();
    answered('no door', $ANSWER, conf => { door => 'no' });
    is(scalar(residents()), 0, 'without a door nobody is started');

    save("$world->{spool}/door.lock", '');
    open my $lock, '+<', "$world->{spool}/door.lock" or die $!;
    flock $lock, LOCK_EX;
    answered('locked', $ANSWER);
    is(scalar(residents()), 0, 'whoever has the lock starts it, or nobody');
    close $lock;
    $faults += 7;
}

# Several that are too many for the limits of a host.
sub limits
{
    SKIP: {
        skip 'root alone can be another user', 6 if $>;
        forget();
        chmod 0755, $world->{dir};
        mkdir "$world->{dir}/spool.nobody";
        chown 65_534, 65_534, "$world->{dir}/spool.nobody", $world->{log};
        my @nobody =
            qw(setpriv --reuid=65534 --regid=65534 --clear-groups);
        my %conf = (spool => "$world->{dir}/spool.nobody");
        answered('another user', $ANSWER, wrap => \@nobody, conf => \%conf);
        await(5, sub { residents() });
        forget();
        unlink glob "$conf{spool}/door*";
        answered('no process more', $ANSWER, conf => \%conf,
            wrap => [ @nobody, qw(prlimit --nproc=1) ]);
        is(scalar(residents()), 0, 'it is answered without another process');
        knock('and after it', wrap => \@nobody, conf => \%conf);
        ok(defined await(10, sub { !(() = glob "$conf{spool}/new/*") }),
            'and stored later, if the database could not be asked');
    }

    forget();
    my @starts;
    for (1 .. 7) {
        answered("start $_", $ANSWER);
        await(1, sub { serves() });
        push @starts, residents();
        kill 'KILL', residents();
        await(5, sub { !residents() });
    }
    is(scalar(@starts), 5, 'after five starts in a minute, none for a minute');
    is(scalar(() = $world->log_text =~ /was started 5 times within/g),
        1, 'which is said once');
    $faults += @starts;
}

# Two hundred at once, with nothing there.
sub crowd
{
    my $n = 200;
    my %pids;
    forget();
    for my $i (1 .. $n) {
        my $pid = fork // die "could not fork: $!\n";
        if (!$pid) {
            my $answer = knock("crowd $i");
            POSIX::_exit($answer->{status} =~ /^20[02]$/ ? 0 : 1);
        }
        $pids{$pid} = 1;
        $sent{"crowd $i"} = undef;
    }
    my $bad = 0;
    while (%pids) {
        my $pid = waitpid -1, 0;
        $bad++ if delete $pids{$pid} && $?;
    }
    is($bad, 0, "$n at once are answered well");
    ok(defined await(5, sub { serves() }), 'there is one responder');
    is(scalar(() = $world->log_text =~ /serving/g),
        1, 'and there never was another');
    $faults++;
}

# The thread that answers is killed at each system call of a request, and all
# of the responder with it.
sub crash
{
    SKIP: {
        skip 'only root may look into a responder', 1 if $>;
        my @points = crash_points();
        my $killed = 0;

        for my $point (@points) {
            my $tracer = trace_worker(
                '-e', "inject=$point->[0]:signal=KILL:when=$point->[1]");
            my $answer = knock("crash @$point");
            like($answer->{status}, qr/^20[02]$/, "after a kill at @$point")
                if $answer->{status} !~ /^20[02]$/;
            $killed++ if defined await(2, sub { !residents() });
            forget();
            waitpid $tracer, 0;
        }
        # What a thread does while it waits may not come a second time.
        cmp_ok($killed, '>=', 0.8 * @points,
            "$killed kills at a system call of " . @points);
        $faults += $killed;
    }
}

# Start a responder, and strace for the thread that gathers: it does all of a
# request once there is a connection to the database.
sub trace_worker
{
    my @arguments = @_;
    my $responder = child({ $world->environment },
        "$world->{dir}/tocsin.fcgi", '--door', $world->{spool},
        '-o', 'workers=1');
    my $worker;

    await(5, sub { serves() }) // die "no responder\n";
    knock('before trace ' . ++$traces);
    # It waits in poll(), for several; who waits for PostgreSQL does for one.
    await(5, sub {
        ($worker) = map { m{(\d+)/syscall$} }
            grep { (peek($_) // '') =~ /^(?:7|271) 0x[0-9a-f]+ 0x(?!1 )/ }
            glob "/proc/$responder/task/*/syscall";
    }) // die "no worker\n";
    my $tracer = child({%ENV}, 'strace', '-qq', '-p', $worker,
        '-o', "$world->{dir}/trace", @arguments);
    # The call that it waits in may be its last.
    await(5, sub {
        return (peek("/proc/$worker/status") // 'TracerPid:' . "\t1") =~
            /^TracerPid:\t[1-9]/m;
    }) // die "strace does not see it\n";
    return $tracer;
}

sub child
{
    my ($environment, @command) = @_;
    my $pid = fork // die "could not fork: $!\n";

    if (!$pid) {
        %ENV = %$environment;
        open STDERR, '>', '/dev/null';
        no warnings 'exec';
        exec @command;
        POSIX::_exit(127);
    }
    $world->adopt($pid);
    return $pid;
}

# The client is killed at each of its system calls, or has an error there.
sub crash_client
{
    my ($killed, $failed) = (0, 0);
    my (%n, @points);

    forget();
    knock('before the client');
    await(5, sub { serves() }) // die "no responder\n";
    knock('client, traced', strace => []);
    for (split /\n/, slurp("$world->{dir}/trace")) {
        my ($name) = /^\d+ +(\w+)\(/ or next;
        push @points, [ $name, ++$n{$name} ] if $name ne 'execve';
    }
    @points = @points[ grep { $_ % $SHARE == 0 } 0 .. $#points ];
    for my $point (@points) {
        my ($name, $at) = @$point;
        my $id = "client, killed at @$point";
        my $answer = knock($id,
            strace => [ '-e', "inject=$name:signal=KILL:when=$at" ]);
        $killed++ if $answer->{killed} == 9;
        # Whoever goes on without an answer sent it once.
        $maybe{$id} = delete $sent{$id} if $answer->{status} !~ /^2/;

        next if $name !~ /^(?:openat|socket|connect|get\w+|poll|send|recv)/;
        $id = "client, error at @$point";
        $answer =
            knock($id, strace => [ '-e', "inject=$name:error=EIO:when=$at" ]);
        like($answer->{status}, qr/^20[02]$/, "after an error at @$point")
            if $answer->{status} !~ /^20[02]$/;
        $failed++;
    }
    cmp_ok($killed, '>', 30 / $SHARE, "the client was killed $killed times");
    cmp_ok($failed, '>', 6 / $SHARE, "and had $failed errors");
    $faults += $killed + $failed;
}

# The system calls of one request, as name and number.
sub crash_points
{
    my (%n, @points);
    forget();
    trace_worker();
    knock('traced');
    sleep 0.2;
    forget();
    for (split /\n/, slurp("$world->{dir}/trace")) {
        my ($name) = /^(\w+)\(/ or next;
        push @points, [ $name, ++$n{$name} ];
    }
    return @points[ grep { $_ % $SHARE == 0 } 0 .. $#points ];
}

# What the requests of this file's own integration have left.
sub check_sent
{
    ok(defined await(30, sub { !$world->spooled }), 'the spool is emptied')
        if residents();
    my %stored;
    $stored{ $_->[1] }{ $_->[0] } = 1
        for query('select id, external_id from tocsin.events'
            . " where integration_id = '$integration'");
    my @lost = grep { !$stored{$_} } sort keys %sent;
    my @twice = grep { keys %{ $stored{$_} } > 1 } sort keys %stored;
    my @unsent = grep { !exists $sent{$_} && !exists $maybe{$_} } keys %stored;
    my @other = grep { $sent{$_} && !$stored{$_}{ $sent{$_} } } keys %sent;
    is(join(', ', @lost), '', 'no event is lost');
    is(join(', ', @twice), '', 'none is stored twice');
    is(join(', ', @unsent), '', 'none was never sent');
    is(join(', ', @other), '', 'each has the id that was answered');
    cmp_ok(scalar(keys %sent), '>', 200, 'there were enough');
}

# Whether all attempts of a name had a good answer, in time.
sub all_well
{
    my ($name, $what, %o) = @_;
    my @attempts = grep { $_->{request_id} =~ /^\Q$name\E-/ }
        @{ read_history($world->{dir}) };
    my @bad = grep { $_->{status} !~ /^2/ } @attempts;
    my ($slowest) =
        sort { $b <=> $a } map { $_->{done} - $_->{invoke} } @attempts;

    cmp_ok(scalar(@bad), '<=', $o{bad} // 0, "$what: every request is taken")
        or diag(join "\n",
        map { "$_->{status} " . ($_->{error} // '') } @bad);
    cmp_ok(scalar(@attempts), '>', $o{least} // 20, "$what: there were many");
    diag(sprintf '%s: %d attempts, %d not taken, the slowest %.1f s',
        $what, scalar(@attempts), scalar(@bad), $slowest);
    return $slowest;
}

# End the responder of the front, and forget how often one was started: on a
# busy machine it ends for want of requests as well, and after five starts in
# a minute there is none for another.
sub end_resident
{
    my $front = $world->{front};

    kill 'TERM', $front->residents;
    await(10, sub { !$front->residents }) // die "a responder stays\n";
    unlink "$world->{spool}/door.lock";
}

# Under load.
sub torment
{
    my ($front, $n) = @_;

    $world->start_front($front, settings => 'door_idle = 2');

    load($world, name => "kill$n", rate => 50);
    for (1 .. pick(20, 4)) {
        await(3, sub { $world->{front}->residents });
        $faults += kill 'KILL', $world->{front}->residents;
        sleep 0.5;
    }
    $world->stop_loads;
    all_well("kill$n", "$front, killed twice a second");

    end_resident();
    probe($world);
    await(5, sub { $world->{front}->residents });
    load($world, name => "stop$n", rate => 50);
    sleep 0.5;
    kill 'STOP', my @stopped = $world->{front}->residents;
    sleep 2;
    kill 'CONT', @stopped;
    $faults += @stopped;
    sleep 0.5;
    $world->stop_loads;
    cmp_ok(all_well("stop$n", "$front, stopped"), '<', $ANSWER,
        "$front, stopped: each answer is in time");

    # The responder is the same behind each of them.
    if ($n == 0 || $World::LONG) {
        replace($front, $n);
        outage($front, $n);
    }
    ok(defined await(8, sub { !$world->{front}->residents }),
        "$front: without requests it ends");
    is(scalar(World::Front::running($world->{front}{responder})),
        0, "$front: and leaves nothing");
}

# The program and then the configuration are changed under load.
sub replace
{
    my ($front, $n) = @_;
    my $program = $world->{front}{responder};
    my %change = (
        program => sub {
            copy($program, "$program.new") or die $!;
            chmod 0755, "$program.new";
            rename "$program.new", $program or die $!;
        },
        configuration => sub {
            my $path = "$world->{front}{dir}/tocsin.conf";
            save($path, slurp($path), "# changed\n");
        });

    for my $what (sort keys %change) {
        end_resident();
        load($world, name => "$what$n", rate => 50);
        await(10, sub { $world->{front}->residents });
        # One that has just been started may read what is changed meanwhile.
        sleep 1;
        my ($old) = $world->{front}->residents;
        $change{$what}->();
        $faults++;
        my $start = time;
        ok( defined await(20, sub {
                return grep { $_ != $old } $world->{front}->residents;
            }),
            "$front: another has the new $what");
        diag(sprintf 'after %.1f s', time - $start);
        sleep 0.5;
        $world->stop_loads;
        all_well("$what$n", "$front, another $what");
    }
}

# The database is away while nobody is there, and comes back.
sub outage
{
    my ($front, $n) = @_;

    end_resident();
    $world->disconnect_database;
    $faults++;
    load($world, name => "away$n", rate => 50);
    sleep 2;
    $world->stop_loads;
    cmp_ok(all_well("away$n", "$front, no database"), '<', $ANSWER,
        "$front, no database: each answer is in time");
    cmp_ok(scalar($world->spooled), '>', 0, "$front: events wait");
    sleep 3;
    cmp_ok(scalar($world->{front}->residents), '==', 1,
        "$front: while they do, the responder stays");
    $world->connect_database;
    ok(defined await(20, sub { !$world->spooled }),
        "$front: it stores them without a request");
}

# Clients that hang up as soon as they have sent their request.
sub hang_up
{
    my ($front, $n) = @_;
    my ($host, $port, $base) =
        $world->{front}{url} =~ m{^http://([^:/]+):(\d+)(/.*)$};

    open my $file, '>', "$world->{dir}/history.hangup$n.jsonl" or die $!;
    for my $i (1 .. pick(200, 40)) {
        my $id = "hangup$n-$i";
        my $body = qq({"event_type":"create","Id":"$id","Title":"t"});
        my $s = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port)
            or die "no connection: $!\n";
        my %attempt = (request_id => $id, external_id => $id,
            type => 'create', invoke => now(), status => 0, sent => 1);
        syswrite $s,
            "POST ${base}integration/$world->{integration} HTTP/1.1\r\n"
            . "Host: localhost\r\nContent-Type: application/json\r\n"
            . "X-Request-Id: $id\r\npagertree-token: $World::TOKEN\r\n"
            . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
        sleep rand 0.01;
        close $s;
        $attempt{done} = now() + 5;
        print $file $Cgi::JSON->encode(\%attempt), "\n";
    }
    close $file;
    $faults++;
    like(probe($world), qr/^2/, "$front: who hangs up harms nobody");
}

# Graceful restarts under load, and what becomes of the responder.
sub restarts
{
    my ($front, $n) = @_;

    probe($world);
    await(5, sub { $world->{front}->residents });
    my ($old) = $world->{front}->residents;
    load($world, name => "restart$n", rate => 50, wait => 30);
    for (1 .. pick(10, 2)) {
        kill 'USR1', $world->{front}{server_pid};
        $faults++;
        sleep 1.5;
    }
    is(join(' ', $world->{front}->residents),
        $old, "$front: the responder survives them");
    $world->stop_loads;
    # mod_cgid refuses what comes while it restarts, mod_fcgid forgets it.
    all_well("restart$n", "$front, graceful restarts", bad => pick(80, 16));
}

# The programs that mod_fcgid starts die, again and again: it replaces them.
sub storm
{
    my ($front, $n) = @_;
    my $killed = 0;

    load($world, name => "storm$n", rate => 300, clients => 64, wait => 30);
    ok(
        defined await(60, sub {
            $killed += kill 'KILL', $world->{front}->responders;
            return $killed > 400;
        }),
        "$front: however many die, others come");
    $world->stop_loads;
    $faults += $killed;
    ok(defined await(10, sub { probe($world) =~ /^2/ }),
        "$front: and there is an answer");
}

# There is no room in the spool, not even for the lock.
sub full
{
    my $path = "$world->{spool}/fill";

    await(5, sub { $world->{front}->residents });
    end_resident();
    system "dd if=/dev/zero of=$path bs=4k 2>/dev/null";
    $faults++;
    load($world, name => 'full', rate => 20);
    sleep 2;
    unlink $path;
    sleep 1;
    $world->stop_loads;
    # A late database has no spool to stand in for it.
    all_well('full', 'no room in the spool', bad => 3);
    ok(defined await(5, sub { $world->{front}->residents }),
        'when there is, a responder starts');
}

# What the responder behind the door holds: nothing of the web server.
sub descriptors
{
    my ($front) = @_;
    SKIP: {
        skip 'only root may look', 2 if $>;
        probe($world);
        await(5, sub { $world->{front}->residents });
        my ($pid) = $world->{front}->residents;
        my @pipes = grep { /^pipe:/ } map { readlink } glob "/proc/$pid/fd/*";
        is("@pipes", '', "$front: it has no pipe of a web server");
        my %env = map { /^([^=]*)=/ ? ($1 => 1) : () } split /\0/,
            slurp("/proc/$pid/environ");
        is(join(' ', sort grep { !/^TOCSIN_/ } keys %env),
            '', "$front: nor anything of its environment");
    }
}

begin();
obstacles();
limits();
crowd();
crash();
crash_client();
check_sent();
forget();

@FRONTS = pick([@FRONTS], [ @FRONTS[ 0, 1 ] ])->@*;
for my $n (0 .. $#FRONTS) {
    my $front = $FRONTS[$n];
    torment($front, $n);
    descriptors($front);
    hang_up($front, $n);
    restarts($front, $n) if $front =~ /apache/;
    storm($front, $n) if $front eq 'apache-fcgid' && $World::LONG;
    is($world->stop_front, 0, "$front: everything ends when it is told to");
}
if ($> == 0) {
    $world->start_front('lighttpd-cgi', spool_bytes => '2m');
    full();
    $world->stop_front;
}
$world->start_front('apache-htaccess');
probe($world);
load($world, name => 'account', rate => 50, wait => 30);
sleep 1;
$faults += kill 'KILL', $world->{front}->residents;
sleep 2;
$world->stop_loads;
all_well('account', 'an account on a shared host, killed');
my $v = verdict($world);
$v->{faults} = $faults;
report($v, faults => 40, acknowledged => 300);
is($world->end, 0, 'everything ends when it is told to');
done_testing;
