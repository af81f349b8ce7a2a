# SPDX-License-Identifier: ISC
package Rig;

# A test's own world: a temporary directory with a PostgreSQL in it, a copy
# of the responder, and its spool.  The database can be there or away for
# each responder by itself, since it is reached through a symbolic link or
# not at all.  Nothing is left behind, after a signal either.

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(sha256 sha256_hex);
use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use POSIX ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

our $ROOT = abs_path(dirname(__FILE__) . '/../../..');
our $LONG = ($ENV{FAULT} // '') eq 'long';

my @rigs;
my $owner = $$;

$SIG{$_} = sub { exit 130 } for qw(INT TERM HUP);

sub now
{
    return clock_gettime(CLOCK_MONOTONIC);
}

# Skip the whole test unless the programs are there.
sub need
{
    for my $program (@_) {
        next if grep { -x "$_/$program" } split(/:/, $ENV{PATH}),
            qw(/usr/sbin /sbin);
        print "1..0 # SKIP $program is not installed\n";
        exit 0;
    }
}

# The seed of this run, printed; SEED in the environment repeats a run.
sub seed
{
    my $seed = $ENV{SEED} // time ^ $$;
    srand $seed;
    print "# SEED=$seed\n";
    return $seed;
}

# Options: postgres (0: none), settings (of PostgreSQL), spool.
sub new
{
    my ($class, %o) = @_;
    my $dir = tempdir('tocsin.XXXXXX', DIR => '/tmp');
    my $self = bless {
        dir => $dir,
        spool => $o{spool} // "$dir/spool",
        program => "$dir/tocsin.fcgi",
        log => "$dir/tocsin.log",
        children => {},
    }, $class;

    push @rigs, $self;
    chmod 0711, $dir;
    my $program = $ENV{TOCSIN_PROGRAM} // "$ROOT/build/tocsin.fcgi";
    copy($program, $self->{program}) or die "no copy of $program: $!\n";
    chmod 0755, $self->{program};
    $self->start_postgres($o{settings}) if $o{postgres} // 1;
    return $self;
}

sub start_postgres
{
    my ($self, $settings) = @_;

    $self->postgres('start', $settings);
    $self->{postgres} = 1;
    for (qx($ROOT/tests/lib/postgres env $self->{dir}/db)) {
        delete $ENV{$1} if /^unset (\w+)/;
        next unless s/^export //;
        $ENV{$1} = $2 while /(\w+)='?([^'\s]*)/g;
    }
    $self->postgres('install') if !$self->{installed}++;
    $self->connect_database;
}

# In a process group of its own: a signal from the terminal is not meant
# for the server.
sub postgres
{
    my ($self, $command, $settings) = @_;
    my $pid = fork // die "could not fork: $!\n";

    if (!$pid) {
        setpgrp;
        $ENV{POSTGRES_FSYNC} //= 'off';
        $ENV{POSTGRES_SETTINGS} = $settings if $settings;
        no warnings 'exec';
        exec "$ROOT/tests/lib/postgres", $command, "$self->{dir}/db";
        POSIX::_exit(127);
    }
    waitpid $pid, 0;
    die "postgres $command failed\n" if $?;
}

sub stop_postgres
{
    my ($self) = @_;
    $self->postgres('stop');
    $self->{postgres} = 0;
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
    $self->sql('select count(pg_terminate_backend(pid))'
            . " from pg_stat_activity where usename = 'tocsin_web'");
}

sub conninfo
{
    my ($self) = @_;
    return "host=$self->{dir}/way port=5432 dbname=tocsin user=tocsin_web";
}

# The environment of a responder.  Options: away (no database from its
# start), conf (more keys).
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

# Rows of a query, as an array of arrays; in a list's place, its first value.
sub sql
{
    my ($self, $sql) = @_;
    my $pid = open(my $out, '-|') // die "could not fork: $!\n";

    if (!$pid) {
        no warnings 'exec';
        exec qw(psql -XAtq -F), "\t", '-v', 'ON_ERROR_STOP=1', '-c', $sql;
        POSIX::_exit(127);
    }
    my @rows = map { chomp; [ split /\t/, $_, -1 ] } <$out>;
    close $out or die "psql failed: $sql\n";
    return wantarray ? @rows : $rows[0][0];
}

# Make an integration and return its id.  Options: name, token.
sub integration
{
    my ($self, %o) = @_;
    my $hash = length($o{token} // '') ? "sha256('$o{token}')" : 'null';
    return scalar $self->sql('select integration_id from'
            . " tocsin_api.integration_add('test', $hash, false, 'medium')");
}

# Names in a directory of the spool, in order; or how many.
sub spooled
{
    my ($self, $sub) = @_;
    opendir my $dir, "$self->{spool}/" . ($sub // 'new') or return ();
    my @names = sort grep { !/^\./ } readdir $dir;
    return @names;
}

sub slurp
{
    my ($path) = @_;
    open my $file, '<:raw', $path or return undef;
    local $/;
    return scalar(<$file>) // '';
}

# The event in a file of the spool, or undef when it is not whole, to the
# last byte.
sub event_in
{
    my ($path) = @_;
    my $text = slurp($path) // return undef;
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

# The log of the responders.
sub log_text
{
    my ($self) = @_;
    return slurp($self->{log}) // '';
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

# Wait until a condition holds.  False when it does not come true.
sub await
{
    my ($seconds, $condition) = @_;
    my $until = now() + $seconds;

    while (!$condition->()) {
        return 0 if now() > $until;
        sleep 0.02;
    }
    return 1;
}

sub close
{
    my ($self) = @_;
    return if $self->{closed}++;
    for my $pid (keys %{ $self->{children} }) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
    $_->() for reverse @{ $self->{cleanup} // [] };
    eval { $self->stop_postgres } if -e "$self->{dir}/db/pg/postmaster.pid";
    if ($ENV{FAULT_KEEP}) {
        print "# kept $self->{dir}\n";
    } else {
        remove_tree($self->{dir});
    }
}

END {
    if ($$ == $owner) {
        my $status = $?;
        $_->close for reverse @rigs;
        $? = $status;
    }
}

1;
