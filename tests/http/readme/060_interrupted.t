#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# make run is interrupted while one of its servers starts, once and by somebody
# impatient: none of them stays, and the next one goes on from there.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

use lib "$FindBin::Bin/../../lib";
use Files qw(peek save);
use World qw(await has_program need $ROOT);

need('lighttpd');
delete @ENV{ grep { /^(?:MAKE|MFLAGS|PG|POSTGRES_|TOCSIN_|WITH_)/ }
        keys %ENV };
my $dir = tempdir('tocsin.XXXXXX', DIR => '/tmp', CLEANUP => 1);
chmod 0711, $dir;
$ENV{STATE} = "$dir/state";
$ENV{PORT} = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
    ->sockport;
$ENV{PATH} = "$dir/bin:$ENV{PATH}";

END {
    my $status = $?;
    system "$ROOT/tests/lib/stop" if $dir;
    $? = $status;
}

# A program in the place of a server's, which says that it is begun.
sub stand_in
{
    my ($name, @script) = @_;
    save("$dir/bin/$name", join "\n", '#!/bin/sh', ": >$dir/begun.$name",
        @script, '');
    chmod 0755, "$dir/bin/$name";
    return;
}

# Processes that have our directory in their command line, but for this one.
sub servers
{
    return grep {
        my $line = peek("$_/cmdline") // '';
        m{/(\d+)$} && $1 != $$ && index($line, $ENV{STATE}) >= 0;
    } glob '/proc/[0-9]*';
}

# Type make run, and as many Ctrl-C as that once the server is begun; return
# its exit status.
sub interrupted
{
    my ($server, $times) = @_;
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        setpgrp;
        open STDOUT, '>', "$dir/printed";
        open STDERR, '>&', \*STDOUT;
        exec "$ROOT/tests/lib/run";
    }
    ok(defined await(120, sub { -e "$dir/begun.$server" }),
        "$server is begun")
        or diag(peek("$dir/printed"));
    for (1 .. $times) {
        kill 'INT', -$pid;
        sleep 0.3;
    }
    waitpid $pid, 0;
    return $? >> 8 || $?;
}

sub leaves_nothing
{
    my ($name) = @_;
    ok(defined await(20, sub { !servers() }), $name)
        or diag(map { peek("$_/cmdline") =~ tr/\0/ /r . "\n" } servers());
    return;
}

# One that takes its time until it has a file with its pid.
my ($bin) = sort { $b cmp $a } glob '/usr/lib/postgresql/*/bin';
mkdir "$dir/bin";
chmod 0755, "$dir/bin";
symlink $_, "$dir/bin/" . s{.*/}{}r
    for grep { !m{/(?:postgres|lighttpd)$} } glob "$bin/*";
stand_in('postgres', 'sleep 3', "exec $bin/postgres \"\$@\"");
{
    local $ENV{POSTGRES_BIN} = "$dir/bin";
    # So that the user postgres can say that it is begun.
    chmod 0777, $dir;
    is(interrupted('postgres', 1), 130, 'Ctrl-C ends it');
    chmod 0711, $dir;
}
sleep 3;
leaves_nothing('and with it PostgreSQL, which had no pid file yet');

# One that ends a moment after it is told to.
stand_in('lighttpd', "trap 'sleep 2; exit' INT TERM", 'sleep 60 & wait');
is(interrupted('lighttpd', 2), 130, 'more than one Ctrl-C does, too');
leaves_nothing('and leaves nothing either');

done_testing;
