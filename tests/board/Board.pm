# SPDX-License-Identifier: ISC
package Board;

# What a test of the board needs: a web server, the responder and a
# PostgreSQL of its own, so that what the board counts is the test's alone.
#
#   use Board front => 'lighttpd-spawn', settings => 'board = on';
#
# BOARD_FRONT in the environment chooses another front, BOARD_BASE what
# stands in front of board in the URL.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);

my $ROOT = abs_path(dirname(__FILE__) . '/../..');
our $PASSWORD = 'operator:tocsin';

# Run the test again inside its world, unless it is there already.
sub import
{
    my ($class, %o) = @_;
    return if $ENV{BOARD_WORLD} || $^C;

    delete @ENV{ grep { /^(?:PG|FRONT|TOCSIN(?!_PROGRAM))/ } keys %ENV };
    delete @ENV{qw(WITH_POSTGRES BASE_URL)};
    $ENV{BOARD_WORLD} = 'yes';
    $ENV{FRONT_SETTINGS} = $o{settings} // '';
    $ENV{FRONT_BASE} = $ENV{BOARD_BASE} if defined $ENV{BOARD_BASE};
    exec "$ROOT/tests/lib/with-postgres", "$ROOT/tests/lib/with-front",
        $ENV{BOARD_FRONT} // $o{front} // 'lighttpd-spawn',
        $^X, "-I$ROOT/tests/lib",
        '-I' . dirname(abs_path($0)), $0, @ARGV
        or die "could not run with-postgres: $!\n";
}

# The header that lets one see the board.
sub authorization
{
    return (Authorization => 'Basic ' . encode_base64($PASSWORD, ''));
}

# GET a path of the board as one who may; options of Tocsin::request.
sub get
{
    my ($path, %o) = @_;
    return Tocsin::request(GET => $path, %o,
        headers => [ authorization(), @{ $o{headers} // [] } ]);
}

# The status of a GET that comes from one of this host's addresses.
sub status_from
{
    my ($address, $path) = @_;
    my ($host, $port, $base) = $ENV{BASE_URL} =~ m{//([^:/]+):(\d+)(/.*)$};
    my $s = IO::Socket::INET->new(
        LocalAddr => $address,
        PeerAddr => $host,
        PeerPort => $port,
        Timeout => 10
    ) or die "could not connect from $address: $!\n";
    print $s "GET $base$path HTTP/1.0\r\n\r\n";
    my $line = <$s> // '';
    return $line =~ m{^HTTP/1\.\d (\d+)} ? $1 : "none: $line";
}

# Text as the bytes of its UTF-8.
sub bytes
{
    my ($text) = @_;
    utf8::encode($text);
    return $text;
}

# Run the operator's tool as the owner; what it prints.
sub operator
{
    my $pid = open my $out, '-|';
    die "could not fork: $!\n" unless defined $pid;
    if (!$pid) {
        exec "$ROOT/build/tocsin", '-d',
            "host=$ENV{PGHOST} port=$ENV{PGPORT} dbname=$ENV{PGDATABASE}"
            . " user=$ENV{PGUSER}", @_;
    }
    local $/;
    my $text = <$out>;
    close $out or die "tocsin @_ failed\n";
    return $text;
}

# Stop every process of the database where it stands, run a piece of code,
# and let them go on.
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

# Wait until something is so; false when it is not within a minute.
sub await
{
    my ($met) = @_;
    for (1 .. 300) {
        return 1 if $met->();
        select undef, undef, undef, 0.2;
    }
    return 0;
}

# Whether a program is to be had; the lighttpd of Debian lies in /usr/sbin.
sub has_program
{
    my ($name) = @_;
    return (grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}),
        '/usr/sbin')[0];
}

1;
