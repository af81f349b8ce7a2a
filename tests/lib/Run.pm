# SPDX-License-Identifier: ISC
package Run;

# Programs that a test runs to their end, and their output: above all the
# operator's tool, with an empty configuration.
#
#   tocsin(@arguments)    run the operator's tool to its end: status, out,
#                         err; options come first, in a hash: in (standard
#                         input), env, program
#   start(@arguments)     the same without waiting for it, and
#   finish($run)          with
#   says($run, $pattern, $name)
#                         test that it succeeded, and what it printed
#   refuses($run, $status, $pattern, $name)
#                         test that it ended with that status and one message
#   operator(@arguments)  what the tool prints; dies when it fails
#   json_of($run)         the JSON that a run printed
#   write_file($name, $text, $mode)
#                         a file of $DIR, which is gone when the test ends;
#                         its path
#
# and $PROGRAM (the tool), $SCHEMA (the number of the one that it needs) and
# $DIR.

use strict;
use warnings;

use Exporter qw(import);
use File::Temp qw(tempdir);
use IO::Select;
use IPC::Open3 qw(open3);
use JSON::PP ();
use Symbol qw(gensym);
use Test::More ();

use Files qw(slurp);
use World qw($ROOT);

our @EXPORT = qw(tocsin start finish says refuses json_of write_file
    $PROGRAM $SCHEMA $DIR);
our @EXPORT_OK = qw(operator);

our $PROGRAM = "$ROOT/build/tocsin";
our ($SCHEMA) = slurp("$ROOT/Makefile") =~ /^SCHEMA = (\d+)$/m;
our $DIR = tempdir(CLEANUP => 1);

$ENV{TOCSIN_CONF} = write_file('empty.conf', '');

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

1;
