# SPDX-License-Identifier: ISC
package World;

# The environment of a test.  The test is run again inside what it asks for,
# unless it runs there already:
#
#   use World postgres => 'any';        a PostgreSQL with the schema, that of
#                                       the suite or a private one
#   use World postgres => 'own';        one that is the test's alone
#   use World postgres => 'empty';      one with no role and no schema in it
#   use World front => 'apache-fcgid';  a web server with the responder
#                                       behind it, too; by this name unless
#                                       it runs inside with-front already.
#                                       With a PostgreSQL of its own also
#                                       settings => 'board = on; ...', the
#                                       responder's.
#
# WORLD_FRONT and WORLD_BASE in the environment choose the front of a test
# with a PostgreSQL of its own, and what stands in front of integration/ in
# the URL.
#
#   await($seconds, $met) wait until something is so: the seconds that took,
#                         or undef
#   has_program($name)    its path; Debian's web servers lie outside a user's
#                         PATH
#   while_frozen($code)   run it while every process of PostgreSQL is stopped
#
#   pick($long, @quick)   the value for the long form of a test, or the quick
#   need(@programs)       skip the whole test unless they are there
#   descendants(@pids)    the processes that these started, and so on
#
# A test of faults makes a world of its own, which leaves nothing behind when it
# ends, even by a signal: a directory with a PostgreSQL in it, a copy of
# the responder, its spool, and a web server in front where one is asked for.
# SEED in the environment repeats a run's random choices.
#
#   my $world = World->new(%o)          postgres (the server's settings),
#                                       thin (a copy of tocsin.cgi, too),
#                                       wrapper (words before its command),
#                                       front_name (of the web server, if
#                                       any), settings (of its responder),
#                                       database (where responders look, if
#                                       it is not where PostgreSQL is)
#   start_postgres stop_postgres kill_postgres freeze_postgres thaw_postgres
#   connect_database disconnect_database
#   start_front stop_front workers set_database
#   spooled torn log_text environment mount
#   adopt($pid) release($pid) at_end($code)
#   end                                 how many processes had to be killed
#
# and it has dir, db (of PostgreSQL), spool, log, program, seed, integration
# (with a token, once there is a front) and front.

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(sha256 sha256_hex);
use Exporter ();
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use POSIX ();
use Test::More ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

use Files qw(peek save slurp);
use Psql ();

our @ISA = qw(Exporter);
our @EXPORT_OK = qw(await has_program while_frozen now pick need descendants
    $ROOT);

our $ROOT = abs_path(dirname(__FILE__) . '/../..');

our $LONG = ($ENV{FAULT} // '') eq 'long';
our $TOKEN = 'a token that is nowhere on disk';

my $LIB = "$ROOT/tests/lib";
my ($owner, @live) = ($$);

sub import
{
    my ($class, @words) = @_;
    my %o;

    while (@words && $words[0] =~ /^(?:postgres|front|settings)$/) {
        my $name = shift @words;
        $o{$name} = shift @words;
    }
    enter(\%o) if %o && !$^C;
    $class->export_to_level(1, $class, @words);
}

sub enter
{
    my ($o) = @_;
    my $own = $o->{postgres} // 'any';
    $own = '' if $own eq 'any';
    my $inside = $own ? ($ENV{WORLD} // '') eq $own
        : $o->{front} ? $ENV{BASE_URL}
        : $ENV{WITH_POSTGRES};
    my @perl = ($^X, "-I$LIB", $0, @ARGV);
    my @front;

    if (!$inside) {
        @front = ("$LIB/with-front", $ENV{FRONT} // $o->{front})
            if $o->{front};
        if ($own) {
            delete @ENV{ grep { /^(?:PG|FRONT|TOCSIN_(?!PROGRAM))/ }
                    keys %ENV };
            delete @ENV{qw(WITH_POSTGRES BASE_URL)};
            $ENV{WORLD} = $own;
            $ENV{FRONT_SETTINGS} = $o->{settings} // '';
            $ENV{FRONT_BASE} = $ENV{WORLD_BASE} if defined $ENV{WORLD_BASE};
            $front[1] = $ENV{WORLD_FRONT} // $o->{front} if @front;
        }
        exec "$LIB/with-postgres", $own eq 'empty' ? '-e' : (), @front, @perl
            or die "could not run with-postgres: $!\n";
    }
    # Ignore what the caller's shell has set.
    delete @ENV{ grep { /^TOCSIN_(?!PROGRAM|ROLE|CONF)/ } keys %ENV };
    $ENV{LC_ALL} = 'C.UTF-8';
}

sub now
{
    return clock_gettime(CLOCK_MONOTONIC);
}

sub await
{
    my ($seconds, $met) = @_;
    my $start = now();

    until ($met->()) {
        return undef if now() - $start > $seconds;
        sleep 0.02;
    }
    return now() - $start;
}

sub has_program
{
    my ($name) = @_;
    return (grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}),
        qw(/usr/sbin /sbin))[0];
}

sub while_frozen
{
    my ($code) = @_;
    my @pids = freeze($ENV{WITH_POSTGRES});
    my $done = eval { $code->(); 1 };
    my $why = $@;
    kill 'CONT', reverse @pids;
    die $why unless $done;
}

# Stop all processes of the PostgreSQL in a directory where they are; returns
# them.  The postmaster is stopped first, so that none comes after.
sub freeze
{
    my ($dir) = @_;
    my ($postmaster) = postgres_pids($dir) or die "no PostgreSQL runs\n";

    kill 'STOP', $postmaster;
    my @pids = ($postmaster, descendants($postmaster));
    kill 'STOP', @pids;
    return @pids;
}

# The postmaster and all its processes, or none.
sub postgres_pids
{
    my ($dir) = @_;
    open my $file, '<', "$dir/pg/postmaster.pid" or return;
    chomp(my $pid = <$file> // return);
    return unless (readlink "/proc/$pid/cwd" // '') eq "$dir/pg";
    return ($pid, descendants($pid));
}

# What the long form of a test takes, or what the quick form takes, if
# anything.
sub pick
{
    my ($long, @quick) = @_;
    return $long if $LONG;
    return wantarray ? @quick : $quick[0];
}

sub need
{
    for my $program (@_) {
        next if has_program($program);
        print "1..0 # SKIP $program is not installed\n";
        exit 0;
    }
}

sub descendants
{
    my (@parents) = @_;
    my %children;

    for my $stat (glob '/proc/[0-9]*/stat') {
        open my $file, '<', $stat or next;
        my ($pid, $parent) = (<$file> // '') =~ /^(\d+) \(.*\) \S (\d+)/s
            or next;
        push @{ $children{$parent} }, $pid;
    }
    my @found = map { @{ $children{$_} // [] } } @parents;
    return @found ? (@found, descendants(@found)) : ();
}

sub new
{
    my ($class, %o) = @_;
    my $dir = tempdir('tocsin.XXXXXX', DIR => '/tmp');
    my $self = bless {
        postgres => '',
        settings => '',
        %o,
        dir => $dir,
        db => "$dir/db",
        spool => "$dir/spool",
        program => "$dir/tocsin.fcgi",
        log => "$dir/tocsin.log",
        seed => int($ENV{SEED} // (time ^ $$) % 100_000),
        children => {},
        cleanup => [],
        loads => [],
    }, $class;

    $SIG{$_} = sub { exit 130 } for qw(INT TERM HUP QUIT);
    Test::More::note("SEED=$self->{seed}");
    srand $self->{seed};
    push @live, $self;
    chmod 0711, $dir or die "could not open up $dir: $!\n";
    mkdir $self->{db} or die "could not make $self->{db}: $!\n";
    chmod 0711, $self->{db};
    copy_programs($dir, $o{thin});
    $self->start_postgres;
    $self->start_front if $self->{front_name};
    return $self;
}

# Copy the responder, and tocsin.cgi if it is wanted, of this checkout or of
# that at $root.  Returns the path of the responder.
sub copy_programs
{
    my ($dir, $thin, $root) = @_;
    my $program =
        $ENV{TOCSIN_PROGRAM} // ($root // $ROOT) . '/build/tocsin.fcgi';
    my %to = ($program => "$dir/tocsin.fcgi");

    $to{ $program =~ s/fcgi$/cgi/r } = "$dir/tocsin.cgi" if $thin;
    for my $from (keys %to) {
        copy($from, $to{$from}) or die "no copy of $from: $!\n";
        chmod 0755, $to{$from};
    }
    return "$dir/tocsin.fcgi";
}

# In a process group of its own: a signal from the terminal is not meant for
# the server.  Returns whether it went well.
sub postgres
{
    my ($self, $command) = @_;
    my $pid = fork // die "could not fork: $!\n";

    if (!$pid) {
        setpgrp;
        $ENV{POSTGRES_FSYNC} //= 'off';
        $ENV{POSTGRES_SETTINGS} = $self->{postgres};
        my @words = (@{ $self->{wrapper} // [] }, "$LIB/postgres");
        { no warnings 'exec'; exec @words, $command, $self->{db}; }
        POSIX::_exit(127);
    }
    while (waitpid($pid, 0) == -1) { }
    return $? == 0;
}

# Start the server, or start it again, and point the clients at it.
sub start_postgres
{
    my ($self) = @_;

    $self->postgres('start') or die "no PostgreSQL\n";
    for (qx($LIB/postgres env $self->{db})) {
        delete $ENV{$1} if /^unset (\w+)/;
        next unless s/^export //;
        $ENV{$1} = $2 while /(\w+)='?([^'\s]*)/g;
    }
    $self->{installed} //= $self->postgres('install') || die "no schema\n";
    $self->connect_database;
}

sub stop_postgres
{
    my ($self) = @_;
    $self->postgres('stop');
}

# The postmaster and every backend, at once.
sub kill_postgres
{
    my ($self) = @_;
    my @pids = $self->freeze_postgres;

    kill 'KILL', @pids;
    # PostgreSQL takes the pid of a process that nobody has waited for yet
    # for one that runs.
    await(10, sub { !grep { -e "/proc/$_" } @pids })
        // die "PostgreSQL cannot be killed\n";
    return scalar @pids;
}

sub freeze_postgres
{
    my ($self) = @_;
    $self->{frozen} = [ freeze($self->{db}) ];
    return @{ $self->{frozen} };
}

sub thaw_postgres
{
    my ($self) = @_;
    kill 'CONT', reverse @{ delete $self->{frozen} // [] };
}

# Where responders look for the database; taken away, it is an outage for
# every connection to come.
sub connect_database
{
    my ($self) = @_;
    symlink $ENV{PGHOST}, "$self->{dir}/way" unless -l "$self->{dir}/way";
}

# And those that are there are cut.
sub disconnect_database
{
    my ($self) = @_;
    unlink "$self->{dir}/way";
    Psql::query('select count(pg_terminate_backend(pid))'
            . " from pg_stat_activity where usename = 'tocsin_web'");
}

sub conninfo
{
    my ($self) = @_;
    return $self->{database}
        // "host=$self->{dir}/way port=5432 dbname=tocsin user=tocsin_web";
}

# The environment of a responder that is started without a web server.
# Options: away (no database from its start), conf (more keys).
sub environment
{
    my ($self, %o) = @_;
    my %conf = (
        database => $o{away}
        ? "host=$self->{dir}/nowhere dbname=tocsin user=tocsin_web"
        : $self->conninfo,
        spool => $self->{spool},
        spool_volatile => 'yes',
        log => $self->{log},
        log_level => 'debug',
        %{ $o{conf} // {} });

    return (
        PATH => $ENV{PATH},
        TOCSIN_CONF => '/dev/null',
        map { ('TOCSIN_' . uc, $conf{$_}) } keys %conf);
}

# A web server, of another name after stop_front(); options of
# World::Front->start.  Its responder knows the world's integration before
# anything is asked of it.
sub start_front
{
    my ($self, $name, %o) = @_;

    $self->{integration} //= Psql::integration(token => $TOKEN);
    require World::Front;
    $self->{front} = World::Front->start(
        $name // $self->{front_name} // 'lighttpd-spawn',
        database => $self->conninfo,
        settings => $self->{settings},
        log_level => 'info',
        supervised => 1,
        %o);
    $self->{spool} = $self->{front}{spool};
    await(10, sub { $self->has_copy })
        // die "the spool has no copy of the integrations\n";
}

sub has_copy
{
    my ($self) = @_;
    my $copy = peek("$self->{spool}/integrations") // return 0;
    return $copy =~ /^\Q$self->{integration}\E /m;
}

# Stop the senders, wait for the spool to be empty, and end the web server.
# Returns how many processes had to be killed for it; undef, when the spool
# was not emptied.
sub stop_front
{
    my ($self) = @_;

    $self->stop_loads;
    my $empty = await(30, sub { !$self->spooled });
    my $stubborn = (delete $self->{front})->stop;
    return defined $empty ? $stubborn : undef;
}

sub stop_loads
{
    my ($self) = @_;
    $_->stop for splice @{ $self->{loads} };
}

# A responder that starts with another database, in place of the one there.
sub set_database
{
    my ($self, $conninfo) = @_;
    my $path = "$self->{front}{dir}/tocsin.conf";
    my $text = slurp($path);

    $text =~ s/^database = .*/database = $conninfo/m;
    save($path, $text);
    my %old = map { $_ => 1 } $self->workers;
    kill 'TERM', keys %old;
    await(10, sub {
        my @now = $self->workers;
        return @now && !grep { $old{$_} } @now;
    }) // die "no new responder\n";
}

# The responders that run behind the web server.
sub workers
{
    my ($self) = @_;
    return $self->{front}->responders;
}

sub mount
{
    my ($self, @arguments) = @_;
    system('mount', @arguments) == 0 or die "could not mount\n";
    $self->at_end(sub { system 'umount', $arguments[-1] });
}

sub at_end
{
    my ($self, $code) = @_;
    unshift @{ $self->{cleanup} }, $code;
}

# Names in a directory of the spool, in order; or how many.
sub spooled
{
    my ($self, $sub) = @_;
    opendir my $dir, "$self->{spool}/" . ($sub // 'new') or return ();
    my @names = sort grep { !/^\./ } readdir $dir;
    return @names;
}

# The record of this file's name, where the file has those of a batch.
sub unbundle
{
    my ($path, $text) = @_;
    return $text if ($text // '') !~ /^tocsin bundle 1\n/;
    my ($first, $lines, $sum) =
        $text =~ /\nfirst (\d+)\ncount \d+\n((?:\d+ \d+\n)+)sha256 (\w+)\n/
        or return undef;
    return undef if sha256_hex(substr $text, 0, $+[2]) ne $sum;
    my ($number) = $path =~ m{(\d+)-[^/]+$};
    my ($offset, $length) = split ' ',
        (split /\n/, $lines)[ $number - $first ] // return undef;
    return substr $text, $offset, $length;
}

# The event in a file of the spool, or undef when it is not whole, to the
# last byte.
sub event_in
{
    my ($path) = @_;
    my $text = unbundle($path, peek($path)) // return undef;
    my ($head, $sum, $rest) =
        $text =~ /^(tocsin spool 2\n.*?)sha256: ([0-9a-f]{64})\n\n(.*)$/s
        or return undef;
    my ($length) = $head =~ /^length: (\d+)$/m or return undef;
    my $body = substr $rest, 0, $length;
    return undef if $rest ne "$body\nEND\n" || length $body != $length;
    return undef
        if sha256_hex(sha256($head) . sha256($body)) ne $sum;
    return $head =~ /^event-id: (\S+)$/m ? { id => $1, body => $body } : undef;
}

# Files in new/ that are not whole.
sub torn
{
    my ($self) = @_;
    my @torn = grep { !event_in("$self->{spool}/new/$_") }
        $self->spooled('new');
    return @torn;
}

# The log of the responders that run without a web server.
sub log_text
{
    my ($self) = @_;
    return peek($self->{log}) // '';
}

# Remember a process, so that it ends with us; forget it again.
sub adopt
{
    my ($self, $pid) = @_;
    $self->{children}{$pid} = 1;
}

sub release
{
    my ($self, $pid) = @_;
    delete $self->{children}{$pid};
}

# End all.  Returns how many processes had to be killed for it.
sub end
{
    my ($self) = @_;
    my $stubborn = 0;

    @live = grep { $_ != $self } @live;
    $_->abandon for splice @{ $self->{loads} };
    for my $pid (keys %{ $self->{children} }) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
    $self->thaw_postgres;
    # The server of PostgreSQL must end even if the front cannot.
    my $stopped = eval {
        $stubborn = $self->{front}->stop if $self->{front};
        1;
    };
    my $why = $@;
    delete $self->{front};
    $self->stop_postgres if -e "$self->{db}/pg/postmaster.pid";
    chdir '/';
    $_->() for splice @{ $self->{cleanup} };
    remove_tree($self->{dir}) unless $ENV{FRONT_KEEP};
    die $why unless $stopped;
    return $stubborn;
}

END {
    my $status = $?;
    if ($$ == $owner) {
        # Each takes itself off the list.
        for my $world (my @all = @live) {
            eval { $world->end; 1 } or print STDERR $@;
        }
    }
    $? = $status;
}

1;
