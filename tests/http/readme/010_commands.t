#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Every command of the README but those under Install (030_install.t), typed
# as it stands there, in a copy of the checkout.  What is different: ports that
# are free, and the id and the database that make run has printed.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use FindBin;
use IO::Socket::INET;
use Test::More;

use lib "$FindBin::Bin/../../lib";
use Files qw(slurp);
use Shown qw(commands);

my $root = abs_path("$FindBin::Bin/../../..");
if (!$ENV{WITH_POSTGRES}) {
    exec "$root/tests/lib/with-postgres", $^X, $0 or die "with-postgres: $!\n";
}
delete @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS PORT STATE)};

my $dir = tempdir('tocsin.XXXXXX', DIR => '/tmp', CLEANUP => 1);
chmod 0711, $dir;
system("cd '$root' && tar -c --exclude=./.git --exclude=./var"
        . " --exclude=./build . | tar -x -C '$dir'") == 0
    or die "could not copy the checkout\n";
chdir $dir or die "$dir: $!\n";

sub free_port
{
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        ->sockport;
}

my $readme = slurp('README.md');
my @commands = commands($readme =~ s/^## Install.*?^## //msr, '    ');
my %typed;

# Type a command of the README, changed as told; return what it printed.
sub type
{
    my ($command, %change) = @_;
    ok((grep { $_ eq $command } @commands), "README: $command")
        or return '';
    $typed{$command} = 1;
    my $line = $command;
    $line =~ s/\Q$_\E/$change{$_}/g for keys %change;
    my $printed = qx{($line) 2>&1 </dev/null};
    is($?, 0, 'it works') or diag($printed);
    return $printed;
}

# Five minutes.
my ($port, $other_port) = (free_port(), free_port());
$ENV{PORT} = $port;
my $first = type('make run');
like($first, qr/"outcome":"created"/, 'it makes an alert');
my @last = (split /\n/, $first)[ -3 .. -1 ];
my ($endpoint) = $last[0] =~ /^endpoint: (\S+)$/;
my ($database) = $last[1] =~ /^database: (.+)$/;
is($last[2], 'stop: make stop', 'it ends with how to stop it');
like($endpoint // '', qr{^http://127.0.0.1:$port/integration/int_\w+$},
    'it says where to send to');
my ($example) = grep { /^curl .*int_ODC/s } @commands;
like(
    type($example // 'curl',
        'http://127.0.0.1:8080/integration/int_ODCWagoG9' => $endpoint),
    qr/"outcome":"duplicate"/,
    'the example is the one that was sent');
is(
    qx{psql -XAt "$database" -c "select count(*) from tocsin.open_alerts
        where external_id = 'example-id-123'"},
    "1\n", 'the database is where it says');
my ($board) = $first =~ /^board: (\S+)$/m;
my ($server) = ($board // '') =~ m{^http://operator:\w+\@(127\.0\.0\.1:\d+/)};
like(qx{curl -s '$board'}, qr/>Demo: Website checks</,
    'the board is where it says, and has something to show');
is(qx{curl -s -o /dev/null -w '%{http_code}' http://${server}board},
    401, 'to nobody without the password');
delete $ENV{PORT};
like(type('make run PORT=8090', 8090 => $other_port),
    qr/"outcome":"duplicate".*:$other_port\b/s,
    'run again, it is the same database');
like(type('tocsin heartbeat add backup --every 1d --grace 1h',
        'tocsin' => "build/tocsin -d '$database'"),
    qr{^URL +http://localhost/integration/int_\w+/heartbeat/backup$}m,
    'it prints a URL');
like(type($_, tocsin => "build/tocsin -d '$database'"), qr/\S/,
    'it says what it has done')
    for 'tocsin destination add duty --mail duty@example.org',
    'tocsin route add all --to duty';
type('make stop');
ok(!IO::Socket::INET->new("127.0.0.1:$other_port"), 'then nothing listens');

# These are what is running now.
$typed{$_} = 1, like(qx{make -n @{[ (split)[1] ]}}, qr/./, "README: $_")
    for grep { /^make (?:test|lint)$/ } @commands;

# Whatever else the README tells people to type.
is_deeply([ grep { !$typed{$_} } @commands ],
    [], 'there is no command that nobody has tried');
my %web = map { $_ => 1 } $readme =~ m{`((?:lighttpd|apache)-conf/[^`]+)`}g;
ok(-f $_, "README: $_") for sort keys %web;

done_testing;
