# SPDX-License-Identifier: ISC
package Tool;

# What a test of the operator's tool needs: the program run for real against
# a private PostgreSQL, and a look into the database.  A test that is run
# without a PostgreSQL starts one; "use Tool qw(:empty)" asks for a cluster
# of its own with no role and no schema in it.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IO::Select;
use IPC::Open3 qw(open3);
use JSON::PP ();
use Symbol qw(gensym);
use Test::More;

our @EXPORT = qw(tocsin start finish says refuses sql json write_file
    $ROOT $PROGRAM $SCHEMA $DIR);
our %EXPORT_TAGS = (empty => \@EXPORT);

our $ROOT = abs_path(dirname(__FILE__) . '/../..');
our $PROGRAM = $ENV{TOOL_PROGRAM} // "$ROOT/build/tocsin";
our $SCHEMA = schema_of_makefile();
our $DIR = tempdir(CLEANUP => 1);

BEGIN {
    my $root = abs_path(dirname(__FILE__) . '/../..');
    my $empty = grep { /^use Tool qw\(:empty\);/ } do {
        open my $me, '<', $0 or die "$0: $!\n";
        <$me>;
    };
    if (!$^C && ($empty ? !$ENV{TOOL_EMPTY} : !$ENV{WITH_POSTGRES})) {
        $ENV{TOOL_EMPTY} = 1 if $empty;
        exec "$root/tests/lib/with-postgres", $empty ? '-e' : (), $^X,
            $0, @ARGV
            or die "could not run with-postgres: $!\n";
    }
    # What the caller's shell has set is none of our business.
    delete @ENV{ grep { /^TOCSIN_/ } keys %ENV };
    $ENV{LC_ALL} = 'C.UTF-8';
}

write_file('empty.conf', '');
$ENV{TOCSIN_CONF} = "$DIR/empty.conf";

# The number of the schema that the program needs.
sub schema_of_makefile
{
    open my $file, '<', "$ROOT/Makefile" or die "$ROOT/Makefile: $!\n";
    my ($number) = map { /^SCHEMA = (\d+)$/ ? $1 : () } <$file>;
    close $file;
    return $number;
}

# Run the tool to its end: status, out, err.  Options come first, in a hash:
# in (standard input), env.
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

# Test that a run ended well, and what it said.
sub says
{
    my ($run, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok($run->{status} eq '0' && $run->{out} =~ $pattern, $name)
        || show($run);
}

# Test that a run ended with a status, one message and nothing else.
sub refuses
{
    my ($run, $status, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return ok(
        $run->{status} eq $status
            && $run->{err} =~ $pattern
            && $run->{out} eq '',
        $name)
        || show($run);
}

sub show
{
    my ($run) = @_;
    diag("status $run->{status}\nout: $run->{out}\nerr: $run->{err}");
    return 0;
}

# What psql prints for a statement, as the superuser.
sub sql
{
    my ($sql, %o) = @_;
    my @args = map { ('-v', "$_=$o{$_}") } grep { $_ ne 'dbname' } keys %o;

    push @args, '-d', $o{dbname} if defined $o{dbname};
    my $run = finish(start({ program => 'psql', in => $sql },
        '-XAtq', '-v', 'ON_ERROR_STOP=1', @args));
    die "$sql: $run->{err}\n" if $run->{status};
    chomp $run->{out};
    return $run->{out};
}

# The JSON that a run printed.
sub json
{
    my ($run) = @_;
    return JSON::PP->new->utf8->decode($run->{out});
}

# A file of the temporary directory; its path.
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
