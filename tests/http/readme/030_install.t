#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Install, as the README and the files for web servers say, to the letter, on
# a Debian as it is after its packages were installed: each way ends with a
# webhook that works.  It happens in a copy of this machine that is thrown
# away (tests/lib/machine).
use strict;
use warnings;

use Cwd qw(abs_path);
use FindBin;
use IO::Socket::UNIX;
use Test::More;
use Time::HiRes qw(sleep);

use lib "$FindBin::Bin/../../lib";
use Files qw(copy_checkout slurp save);
use Shown qw(commands);

my $root = abs_path("$FindBin::Bin/../../..");
if (!$ENV{MACHINE}) {
    delete @ENV{ grep { /^(?:PG|TOCSIN_|MAKE|MFLAGS|WITH_)/ } keys %ENV };
    $ENV{PATH} = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    my $status = system "$root/tests/lib/machine", $^X, abs_path($0);
    plan skip_all => $> ? 'only root can run a copy of this machine'
        : 'no overlay and namespaces here'
        if $status >> 8 == 77;
    exit($status >> 8 || $status & 127);
}
# What follows removes what it finds.
die "this is not a copy\n" if qx(stat -f -c %T /) ne "overlayfs\n";

my $CONF = '/etc/tocsin.conf';
my ($log, $printed) = (0);

# Type a command as a user, in the current directory; $printed is what it
# said.
sub type
{
    my ($command, $user) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @as = $user ? ('runuser', '-l', $user, '-c') : ('sh', '-c');
    my $here = qx(pwd);
    chomp $here;
    my $pid = open my $out, '-|';
    if (!$pid) {
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec @as, $user ? "cd $here && $command" : $command;
    }
    local $/;
    $printed = <$out>;
    close $out;
    return is($?, 0, $command) || diag($printed);
}

sub run
{
    my (@command) = @_;
    system("@command >/tmp/run.log 2>&1") == 0
        or die "@command failed:\n" . slurp('/tmp/run.log');
}

sub await
{
    my ($met) = @_;
    for (1 .. 100) {
        return 1 if $met->();
        sleep 0.1;
    }
    return 0;
}

# In the place of syslogd, which nobody waits for.
sub collect_log
{
    my $socket =
        IO::Socket::UNIX->new(Local => '/dev/log', Type => SOCK_DGRAM)
        or die "/dev/log: $!\n";
    chmod 0666, '/dev/log';
    save('/var/log/syslog');
    my $pid = fork // die "could not fork: $!\n";
    return if $pid;
    open my $file, '>>', '/var/log/syslog' or die "/var/log/syslog: $!\n";
    $file->autoflush;
    print {$file} "$_\n" while defined $socket->recv($_, 8192);
    exit;
}

# What reached syslog since the last time.
sub logged
{
    my $text = substr slurp('/var/log/syslog'), $log;
    $log += length $text;
    return $text;
}

sub stored
{
    my ($id, $database) = @_;
    return qx(cd / && runuser -u postgres -- psql -XAtq -d $database -c "
        select count(*) from tocsin.events where external_id = '$id'") + 0;
}

# The curl command that "integration add" printed, with another Id.
sub hook
{
    my ($added, $id) = @_;
    my ($curl) = $added =~ /(curl .*)/ or return 'no curl';
    $curl =~ s/"Id":"test-1"/"Id":"$id"/ or return "no Id: $curl";
    # Nor does it hide an answer that it did not expect.
    $curl =~ s/^curl -fsS -m 10 --retry 5/curl -sS -m 10 -w ' %{http_code}'/
        or return "no options: $curl";
    return scalar qx($curl 2>&1);
}

sub works
{
    my ($added, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    # A responder that tocsin.cgi started stays through the outages of the ways
    # before: it may still be waiting to connect again, and queue the event.
    my @said;
    await(sub {
        push @said, hook($added, $name . '-' . @said);
        return $said[-1] =~ / 200$/;
    });
    return like($said[-1], qr/"outcome":"created".* 200$/s,
        "$name: the webhook works")
        || diag("@said\n", logged(), qx(tail -n 5 /var/log/*/error.log));
}

# As apt-get leaves it.
run("rm -rf $CONF /etc/cron.d/tocsin /var/spool/tocsin /etc/postgresql/*"
    . ' /var/lib/postgresql/* /var/log/tocsin* /etc/lighttpd/tocsin.d'
    . ' /etc/lighttpd/conf-*/*tocsin* /etc/apache2/conf-*/*tocsin*'
    . ' /usr/sbin/policy-rc.d; mkdir -p /var/lib/postgresql');
run('chown postgres: /var/lib/postgresql');
run('pg_createcluster 15 main');
my $before = qx(find /usr/local ! -type d | sort);
mkdir '/root/tocsin' or die "/root/tocsin: $!\n";
copy_checkout('/root/tocsin');
chdir '/root/tocsin' or die "/root/tocsin: $!\n";
collect_log();
run('service postgresql start');
run('service lighttpd start');

# There is no systemd in here: start what its unit says, where it finds it.
save('/usr/local/bin/systemctl', <<'END');
#!/bin/sh
set -eu
units=/usr/local/lib/systemd/system
[ "$*" = 'enable --now tocsin.socket' ]
value()
{
	sed -n "s/^$1=//p" "$units/$2"
}
socket=$(value ListenStream tocsin.socket)
install -d "${socket%/*}"
exec env -i spawn-fcgi -P /run/tocsin.pid -s "$socket" \
    -M "$(value SocketMode tocsin.socket)" \
    -U "$(value SocketUser tocsin.socket)" -u "$(value User tocsin.service)" \
    -G "$(value Group tocsin.service)" -g "$(value Group tocsin.service)" \
    -- "$(value ExecStart tocsin.service)"
END
chmod 0755, '/usr/local/bin/systemctl';

my ($install) = slurp('README.md') =~ /^## Install\n(.*?)^## /ms;
my ($server, $account) = split /^With an account on a shared host/m, $install;

# A server of one's own.
for my $command (commands($server, '    ')) {
    if ($command =~ /^apt-get install (.*)/s) {
        my @packages = grep { $_ ne '\\' } split ' ', $1;
        is(system("dpkg-query -W @packages >/dev/null"),
            0, 'the packages are known by these names');
        next;
    }
    type($command);
}
my $added = $printed;
works($added, 'README');
like(logged(), qr/^<\d+>tocsin\[\d+\]: info: serving /m,
    'its log is where the README says');
is(system("runuser -u www-data -- tocsin check >/tmp/run.log 2>&1"),
    0, 'check finds nothing')
    || diag(slurp('/tmp/run.log'));
like(slurp('/tmp/run.log'), qr{^ok +spool +/var/spool/tocsin, 0 events}m,
    'and the spool of the responder');
like(qx(tocsin check), qr/FAILED +connection .*Peer.*: run this as the user /,
    'as another user, it says which one may log in');

# What prevents it from starting is in the log.
my $conf = slurp($CONF);
save($CONF, $conf =~ s/log = syslog/workres = 1/r);
run('service lighttpd restart');
like(hook($added, 'broken'), qr/ 50\d$/, 'with a mistake in the file');
like(logged(), qr{^<\d+>tocsin\[\d+\]: fatal: $CONF:3: workres: unknown}m,
    'nothing is served, and the log names the mistake');
save($CONF, $conf =~ s/log = syslog\n//r);
run('service lighttpd restart');
works($added, 'mended');
like(logged(), qr/info: serving /,
    'the log is in the same place if no key says where');
save($CONF, $conf);

# PostgreSQL without Debian's pg_ctlcluster, which takes two seconds more.
sub postgres
{
    my ($how) = @_;
    run('cd / && runuser -u postgres -- /usr/lib/postgresql/15/bin/pg_ctl',
        '-s -w -D /var/lib/postgresql/15/main -l /tmp/postgres.log',
        "-o '-c config_file=/etc/postgresql/15/main/postgresql.conf'", $how);
}

# Each file for a web server, and an outage behind it.
sub passes_outage
{
    my ($curl, $name, $database, $cron) = @_;

    postgres('stop');
    like(hook($curl, "$name-late"), qr/ 202$/,
        "$name: without the database an event is spooled")
        || diag(logged());
    postgres('start');
    $cron->() if $cron;
    ok(await(sub { stored("$name-late", $database) }),
        "$name: with it again, it is stored");
}

sub cron_line
{
    my ($path) = @_;
    my ($user, $command) =
        slurp($path) =~ /^(?:\* ){5}(\S+) (.*)$/m or return 0;
    return is(system('runuser', '-u', $user, '--', 'sh', '-c', $command),
        0, "cron: $command");
}

my $running = 'lighttpd';
for my $path (sort glob 'lighttpd-conf/*.conf apache-conf/*.conf') {
    my ($name) = $path =~ m{([^/]+)\.conf$};
    my $server = $path =~ /^lighttpd/ ? 'lighttpd' : 'apache2';

    like($install, qr/\Q`$path`\E/, "the README names $path");
    # Cells need a database each: tests/fault/126_cells.t.
    next if $name =~ /cells/;
    my $differs = $server ne $running;
    run("service $running stop") if $differs;
    run('rm -rf /etc/lighttpd/conf-enabled/*tocsin* /etc/cron.d/tocsin'
        . ' /etc/apache2/conf-enabled/*tocsin* /run/tocsin;'
        . ' ! [ -e /run/tocsin.pid ] ||'
        . ' { kill $(cat /run/tocsin.pid); rm /run/tocsin.pid; }');
    run("service $server start") if $differs;
    $running = $server;
    type($_)
        for grep { !/^(?:var\.|Define |apt-get )/ }
        commands(slurp($path), '#   ');
    works($added, $name);
    passes_outage($added, $name, 'tocsin',
        -e '/etc/cron.d/tocsin' && sub { cron_line('/etc/cron.d/tocsin') });
    run('tocsin spool status');
    run('tocsin spool retry-bad');
}

type($_)
    for grep { /uninstall/ } $install =~ /`(make [^`]+)`/g;
run('rm /usr/local/bin/systemctl');
is(qx(find /usr/local ! -type d | sort), $before, 'which leaves no file');

# An account on a shared host, whose part this is.
run("service $_ stop") for qw(lighttpd apache2);
run('useradd -m -s /bin/sh me');
run('runuser -u postgres -- psql -qc',
    q{"create role me login password 'secret'"});
run('runuser -u postgres -- createdb -E UTF8 -T template0 -O me me');
save('/home/me/.pgpass', "localhost:5432:me:me:secret\n");
run('install -d /home/me/public_html /home/me/src; chmod 711 /home/me;'
    . ' chmod 600 /home/me/.pgpass; cp -a . /home/me/src;'
    . ' chown -R me: /home/me');
save('/etc/apache2/suexec/www-data', "/home\npublic_html\n");
save('/etc/apache2/conf-enabled/host.conf', <<'END');
<VirtualHost *:80>
    DocumentRoot /home/me/public_html
    SuexecUserGroup me me
    <Directory /home/me/public_html>
        AllowOverride All
        Require all granted
    </Directory>
</VirtualHost>
END
chdir '/home/me/src';
type($_, 'me') for commands($account, '    ');
$added = $printed;
my $htaccess = slurp('apache-conf/htaccess.example');
my ($cron) = grep { /^\*/ } commands($htaccess, '#   ');
type($_, 'me') for grep { !/^\*/ } commands($htaccess, '#   ');
$cron =~ s/^(?:\* ){5}// or die "no cron line\n";

for my $way ('fcgid', 'cgid') {
    run('service apache2 stop');
    run('rm -f /etc/apache2/conf-enabled/*tocsin*; a2enmod suexec rewrite'
        . ($way eq 'fcgid' ? ' fcgid' : ' cgid; a2dismod fcgid'));
    run('service apache2 start');
    works($added, "account-$way");
    passes_outage($added, "account-$way", 'me',
        sub { run('service apache2 stop'); type("cd && $cron", 'me') });
    run('service apache2 start');
}
run('service postgresql stop');
like(hook($added, 'seen'), qr/ 202$/, 'what waits in the spool');
type('~/tocsin/bin/tocsin spool status', 'me');
like($printed, qr/^waiting +1$/m, 'is seen by the operator\'s tool');

done_testing;
