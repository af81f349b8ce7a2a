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
use Files qw(copy_checkout slurp);
use Shown qw(commands);
use World qw(await);

my $root = abs_path("$FindBin::Bin/../../..");
if (!$ENV{WITH_POSTGRES}) {
    exec "$root/tests/lib/with-postgres", $^X, $0 or die "with-postgres: $!\n";
}
delete @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS PORT STATE)};

my $dir = tempdir('tocsin.XXXXXX', DIR => '/tmp', CLEANUP => 1);
chmod 0711, $dir;
copy_checkout($dir);
chdir $dir or die "$dir: $!\n";
unlink glob 'build/tocsin*';

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
my ($mails) = $first =~ /^mails: tail -f (\S+)$/m;
like($first,
    qr/^To: operator\@localhost\n(?:.+\n)*Subject: .*Example Incident/m,
    'it shows the mail that tells of it');
is(scalar(() = slurp($mails) =~ /^Subject: /mg),
    1, 'which is where the mails are');
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

# Who is told: the relay that make run has started keeps mails in a file.
sub ask
{
    my ($statement) = @_;
    open my $psql, '-|', 'psql', '-XAtq', '-d', $database, '-c', $statement
        or die "psql: $!\n";
    local $/;
    return <$psql>;
}

sub gets_mail
{
    my ($address, $what) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $mail = qr/^To: \Q$address\E\n(?:.+\n)*Subject: .*$what/m;
    ok(await(60, sub { slurp($mails) =~ $mail }), "$address gets a mail")
        or diag(slurp($mails));
    await(60, sub {
        ask(q{select count(*) from tocsin.deliveries
            where status in ('due', 'sending')}) == 0;
    }) or diag('it is still under way');
}

my %here = (tocsin => "build/tocsin -d '$database'");
like(type('tocsin destination add duty --mail duty@example.org', %here),
    qr/duty/, 'whom to tell');
like(type('tocsin destination test duty', %here), qr/^delivery +\d+$/m,
    'to try it');
gets_mail('duty@example.org', 'Test');
# As if the pause between mails were over.
ask(q{update tocsin_internal.destination_state
    set rests_until = '-infinity'});
like(type('tocsin destination add boss --mail boss@example.org', %here),
    qr/boss/, 'another');
like(type('tocsin route add all --to duty --then boss=10m', %here),
    qr/duty.*boss/s, 'who are told of alerts');
my $later = $example =~ s/example-id-123/another/r;
$later =~ s/8080/$other_port/;
$later =~ s/int_ODCWagoG9/@{[$endpoint =~ m{(int_\w+)}]}/;
like(qx{$later 2>&1}, qr/"outcome":"created"/, 'one more comes');
gets_mail('duty@example.org', 'Example Incident Title');
unlike(slurp($mails), qr/^To: boss/m, 'the other not yet');
is(ask(q{update tocsin_internal.escalation set due_at = now()
    where due_at > now() + interval '9 min' returning step_no}), "2\n",
    'but in ten minutes');
gets_mail('boss@example.org', 'Example Incident Title');
type('make stop');
ok(!IO::Socket::INET->new("127.0.0.1:$other_port"), 'then nothing listens');
my $relay = $mails =~ s/mails$/bin\/tocsin-relay/r;
unlike(qx{ps -eo args}, qr/^\Q$relay\E /m, 'and the relay has ended');

like(qx{make run STATE='$dir/two words' 2>&1},
    qr/^run: \Q$dir\E\/two words: .* white space: set STATE/m,
    'a directory that lighttpd cannot use is refused');

# These are what is running now.
$typed{$_} = 1, like(qx{make -n @{[ (split)[1] ]}}, qr/./, "README: $_")
    for grep { /^make (?:test|lint)$/ } @commands;

# Whatever else the README tells people to type.
is_deeply([ grep { !$typed{$_} } @commands ],
    [], 'there is no command that nobody has tried');
my %web = map { $_ => 1 } $readme =~ m{`((?:lighttpd|apache)-conf/[^`]+)`}g;
ok(-f $_, "README: $_") for sort keys %web;

done_testing;
