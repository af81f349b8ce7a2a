#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Every command of the README, typed as it stands there, in a copy of the
# checkout.  What is different: ports that are free, and the id and the
# database that make run has printed.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use FindBin;
use IO::Socket::INET;
use Test::More;

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

# The commands: indented lines, joined where the shell would go on reading.
sub commands
{
    my ($text) = @_;
    my (@commands, $open);
    for (split /\n/, $text) {
        next unless s/^    (?=\S)// || $open && s/^    //;
        s/\s+#\s.*// unless $open;
        if ($open) {
            $commands[-1] .= "\n$_";
        } else {
            push @commands, $_;
        }
        my $quotes = () = $commands[-1] =~ /'/g;
        $open = $commands[-1] =~ /\\$/ || $quotes % 2;
    }
    return @commands;
}

sub slurp
{
    my ($path) = @_;
    open my $f, '<', $path or die "$path: $!\n";
    local $/;
    return <$f>;
}

sub free_port
{
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        ->sockport;
}

my $readme = slurp('README.md');
my @commands = grep { !/^(?:row|\s*\||sender)/ } commands($readme);
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
type('make stop');
ok(!IO::Socket::INET->new("127.0.0.1:$other_port"), 'then nothing listens');

# These are what is running now.
$typed{$_} = 1, like(qx{make -n @{[ (split)[1] ]}}, qr/./, "README: $_")
    for grep { /^make (?:test|lint)$/ } @commands;

# Install.
my ($apt) = grep { /^apt-get install/ } @commands;
my (undef, undef, @packages) = grep { $_ ne '\\' } split ' ', $apt // '';
cmp_ok(scalar(@packages), '>', 5, 'README: apt-get install ...');
is(
    system("dpkg-query -W @packages >/dev/null 2>&1"),
    0, 'the packages are known by these names');
$typed{ $apt // '' } = 1;
type('make');
type('make install', 'make install' => "make install DESTDIR=$dir/dest");
ok(-x "$dir/dest/usr/local/$_", "it installs $_")
    for qw(bin/tocsin lib/tocsin/tocsin.fcgi);
$ENV{PATH} = "$dir/dest/usr/local/bin:$ENV{PATH}";
$ENV{TOCSIN_CONF} = '/dev/null';
type($_) for grep { /^(?:createdb|psql) / } @commands;
my @inline = $readme =~ /(tocsin (?:-d|integration add|check)[^`]*)/g;
s/\s+/ /g, s/\)$// for @inline;
my $other = $readme =~ /or: (tocsin .* init)$/m ? $1 : '';
is($other, 'tocsin -d dbname=alerts init', 'README: the other way');
is(system("$other --sql $dir/sql >/dev/null"), 0, 'it works');
my $added = qx{tocsin -d dbname=alerts integration add NAME --token 2>&1};
is($?, 0, 'README: tocsin integration add NAME --token') or diag($added);
like($added, qr{$_}, "it prints the $_") for qw(/integration/int_ token curl);
ok((grep { /^tocsin integration add NAME --token$/ } @inline),
    'as the README has it');
system 'tocsin -d "dbname=alerts user=tocsin_web" check >check.txt 2>&1';
is($?, 0, 'README: tocsin check') or diag(slurp('check.txt'));
qx{psql -Xq -d postgres -c 'drop database alerts'};

# Whatever else the README tells people to type.
is_deeply([ grep { !$typed{$_} } @commands ],
    [], 'there is no command that nobody has tried');
my %web = map { $_ => 1 } $readme =~ m{`((?:lighttpd|apache)-conf/[^`]+)`}g;
ok(-f $_, "README: $_") for sort keys %web;

done_testing;
