# SPDX-License-Identifier: ISC
package World;

# What a test runs in, and the programs that it runs there.  The test is run
# again inside what it asks for, unless it is there already:
#
#   use World;                          a PostgreSQL with the schema, that of
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
#   tocsin(@arguments)    run the operator's tool to its end: status, out,
#                         err; options come first, in a hash: in (standard
#                         input), env, program
#   start(@arguments)     the same without waiting for it, and
#   finish($run)          with
#   says($run, $pattern, $name)
#                         test that it ended well, and what it said
#   refuses($run, $status, $pattern, $name)
#                         test that it ended so, with one message
#   operator(@arguments)  what the tool prints; dies when it fails
#   json_of($run)         the JSON that a run printed
#   write_file($name, $text, $mode)
#                         a file of $DIR, which is gone when the test ends;
#                         its path
#
#   await($seconds, $met) wait until something is so: the seconds that took,
#                         or undef
#   has_program($name)    where it is; the web servers of Debian lie where a
#                         user's PATH does not lead
#   while_frozen($code)   run it while every process of PostgreSQL stands
#
# :tool are the first of these, with $ROOT, $PROGRAM, $SCHEMA and $DIR.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter ();
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Select;
use IPC::Open3 qw(open3);
use JSON::PP ();
use Symbol qw(gensym);
use Test::More ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

my @TOOL = qw(tocsin start finish says refuses json_of write_file
    $ROOT $PROGRAM $SCHEMA $DIR);
our @ISA = qw(Exporter);
our @EXPORT_OK = (@TOOL, qw(operator await has_program while_frozen now));
our %EXPORT_TAGS = (tool => \@TOOL);

our $ROOT = abs_path(dirname(__FILE__) . '/../..');
our $PROGRAM = "$ROOT/build/tocsin";
our $SCHEMA = schema_of_makefile();
our $DIR = tempdir(CLEANUP => 1);

my $LIB = "$ROOT/tests/lib";

sub import
{
    my ($class, @words) = @_;
    my %o;

    while (@words && $words[0] =~ /^(?:postgres|front|settings)$/) {
        my $name = shift @words;
        $o{$name} = shift @words;
    }
    enter(\%o) unless $^C;
    $class->export_to_level(1, $class, @words);
}

sub enter
{
    my ($o) = @_;
    my $own = $o->{postgres} // '';
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
    # What the caller's shell has set is none of our business.
    delete @ENV{ grep { /^TOCSIN_(?!PROGRAM|ROLE)/ } keys %ENV };
    $ENV{LC_ALL} = 'C.UTF-8';
    $ENV{TOCSIN_CONF} = write_file('empty.conf', '');
}

# The number of the schema that the program needs.
sub schema_of_makefile
{
    open my $file, '<', "$ROOT/Makefile" or die "$ROOT/Makefile: $!\n";
    my ($number) = map { /^SCHEMA = (\d+)$/ ? $1 : () } <$file>;
    close $file;
    return $number;
}

sub tocsin
{
    return finish(start(@_));
}

sub start
{
    my %o = ref $_[0] ? %{ shift() } : ();
    local %ENV = (%ENV, %{ $o{env} // {} });
    my $err = gensym;
    my $pid = open3(my $in, my $out, $err, $o{program} // $PROGRAM, @_);
    local $SIG{PIPE} = 'IGNORE';
    print {$in} $o{in} if defined $o{in};
    close $in;
    return { pid => $pid, out_handle => $out, err_handle => $err };
}

sub finish
{
    my ($run) = @_;
    my %text = (out => '', err => '');
    my $select = IO::Select->new($run->{out_handle}, $run->{err_handle});

    while (my @ready = $select->can_read(60)) {
        for my $handle (@ready) {
            my $name = $handle == $run->{out_handle} ? 'out' : 'err';
            my $n = sysread $handle, $text{$name}, 65_536,
                length $text{$name};
            $select->remove($handle) if !$n;
        }
    }
    waitpid $run->{pid}, 0;
    my $status = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
    return { status => $status, %text };
}

sub says
{
    my ($run, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::ok(
        $run->{status} eq '0' && $run->{out} =~ $pattern, $name)
        || show($run);
}

sub refuses
{
    my ($run, $status, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::ok(
        $run->{status} eq $status
            && $run->{err} =~ $pattern
            && $run->{out} eq '',
        $name)
        || show($run);
}

sub show
{
    my ($run) = @_;
    Test::More::diag(
        "status $run->{status}\nout: $run->{out}\nerr: $run->{err}");
    return 0;
}

sub operator
{
    my $run = tocsin(@_);
    die "tocsin @_ failed: $run->{err}\n" if $run->{status};
    return $run->{out};
}

sub json_of
{
    my ($run) = @_;
    return JSON::PP->new->utf8->decode($run->{out});
}

sub write_file
{
    my ($name, $text, $mode) = @_;
    open my $file, '>', "$DIR/$name" or die "$DIR/$name: $!\n";
    print {$file} $text;
    close $file or die "$DIR/$name: $!\n";
    chmod $mode // 0600, "$DIR/$name";
    return "$DIR/$name";
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
    open my $f, '<', "$ENV{WITH_POSTGRES}/pg/postmaster.pid"
        or die "no postmaster.pid: $!\n";
    chomp(my $postmaster = <$f>);
    close $f;
    kill 'STOP', $postmaster;
    my @pids = grep { $_ } split ' ', qx(pgrep -P $postmaster);
    kill 'STOP', @pids;
    my $done = eval { $code->(); 1 };
    my $why = $@;
    kill 'CONT', @pids, $postmaster;
    die $why unless $done;
}

1;
