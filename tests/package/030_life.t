#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The life of the Debian package on a bare Debian, as README.Debian says, to
# the letter: an event of an outage outlives an upgrade, a change of form, a
# removal and a purge, and is stored once.  Long form only: it fetches Debian.
use strict;
use warnings;

use FindBin;
use Test::More;

use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Files qw(slurp save);
use Installed;
use Package qw($ROOT $DIR revision deb_begin deb_end);
use Shown qw(commands);

my $SPOOL = '/var/spool/tocsin';

exec_in_machine() if !$ENV{MACHINE};
live();
done_testing();

# Build the package and a later one, and a Debian with what it depends on.
sub exec_in_machine
{
    plan skip_all => 'long form only: make fault'
        if ($ENV{FAULT} // '') ne 'long';
    my $revision = revision() // plan skip_all => 'not a clone of git';
    my @debs = map { deb_end($_) }
        map { deb_begin($revision, "$DIR/$_", $_) } qw(8.0.0 8.0.1);
    my $needs = qx(dpkg-deb -f $debs[0] Depends);
    my @names = $needs =~ /(?:^|, )([^ ,]+)/g;
    chomp @names;
    my $include = join ',', @names,
        qw(postgresql-15 lighttpd curl perl logrotate procps);
    my $clusters = 'mkdir -p "$1/etc/postgresql-common" &&'
        . ' echo "create_main_cluster = false"'
        . ' >"$1/etc/postgresql-common/createcluster.conf"';
    system('mmdebstrap', '--quiet', '--variant=minbase',
        "--include=$include", "--setup-hook=$clusters",
        'bookworm', "$DIR/base") == 0
        or die "no Debian\n";
    chmod 0755, "$DIR/base";
    copy("$ROOT/tests", "$DIR/base/root/tests");
    copy("$ROOT/Makefile", "$DIR/base/root/Makefile");
    copy($debs[$_], "$DIR/base/root/$_.deb") for 0, 1;
    my $status = do {
        local $ENV{MACHINE_ROOT} = "$DIR/base";
        system "$ROOT/tests/lib/machine", qw(env -i MACHINE=yes),
            'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'perl',
            '/root/tests/package/030_life.t';
    };
    plan skip_all => 'no overlay and namespaces here' if $status >> 8 == 77;
    exit($status >> 8 || $status & 127);
}

sub copy
{
    my ($from, $to) = @_;
    system('cp', '-r', $from, $to) == 0 or die "no copy of $from\n";
}

sub answers
{
    my ($added, $id, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $got;

    await(sub { ($got = answer($added, $id)) eq $status });
    return is($got, $status, "$name: $status");
}

# Responders whose program is not the one that is installed.
sub outdated
{
    return grep { (readlink // '') =~ /tocsin\.\w+ \(deleted\)$/ }
        glob '/proc/[0-9]*/exe';
}

sub responders
{
    return grep { (readlink // '') =~ m{/tocsin\.fcgi\b} }
        glob '/proc/[0-9]*/exe';
}

# Settings, owner and group of a file, as ls shows them.
sub mode
{
    return qx(stat -c '%A %U:%G' $_[0]) =~ s/\n//r;
}

sub live
{
    chdir '/';
    # Without an init system, packages start and stop nothing by default.
    save('/usr/sbin/policy-rc.d', "#!/bin/sh\nexit 0\n");
    chmod 0755, '/usr/sbin/policy-rc.d';
    type('pg_createcluster 15 main && service postgresql start');
    type('service lighttpd start');
    my $before = files();

    type('dpkg -i /root/0.deb', 'it installs with what it depends on');
    is(mode($SPOOL), 'drwx------ www-data:www-data', 'the spool is there');
    is(mode('/etc/tocsin.conf'), '-rw-r--r-- root:root',
        'and the configuration, without a password');
    is(join(' ', glob '/etc/*/*-enabled/*tocsin*'), '', 'nothing is enabled');
    my $added = set_up();
    answers($added, 'first', 200, 'installed');

    rotates();
    outage($added);
    removal($added);
    type('dpkg -P tocsin', 'it is purged');
    unlike($printed, qr/wait in/, 'and says nothing without events');
    ok(await(sub { !responders() }), 'no responder of lighttpd stays');
    type('service lighttpd restart', 'which can start without it');
    is(files(), $before, 'no file is left');
}

sub set_up
{
    my $text = slurp('/usr/share/doc/tocsin/README.Debian');
    my ($begin) = split /^Upgrading/m, $text;
    my $added;

    for my $command (grep { !m{^/} } commands($begin, '     ')) {
        type($command);
        $added = $printed if $command =~ /integration add/;
    }
    return $added;
}

# A responder writes to the new log after the old one was moved.
sub rotates
{
    my $log = '/var/log/tocsin/tocsin.log';

    type("sed -i 's|^log = .*|log = $log|' /etc/tocsin.conf &&"
            . ' service lighttpd force-reload', 'log to a file');
    ok(await(sub { -s $log }), 'it has the log');
    type('logrotate -f /etc/logrotate.d/tocsin', 'it is rotated');
    ok(-s "$log.1" && -e $log, 'the old one is kept');
    like(join(' ', map { readlink // '' } glob '/proc/[0-9]*/fd/*'),
        qr/\Q$log\E(?: |$)/, 'the new one is written');
}

# The database is away while the package is upgraded and its form changed.
sub outage
{
    my ($added) = @_;

    type('service postgresql stop');
    answers($added, 'outage', 202, 'without the database');
    type('dpkg -i /root/1.deb', 'it is upgraded meanwhile');
    is(qx(tocsin --version), "tocsin 8.0.1\n", 'by the later version');
    ok(await(sub { !outdated() }), 'the responder is replaced');
    answers($added, 'upgraded', 202, 'upgraded');
    type('lighty-disable-mod tocsin && lighty-enable-mod tocsin-cgi &&'
            . ' service lighttpd force-reload', 'as plain CGI');
    answers($added, 'cgi', 202, 'in another form');
    is(waiting($SPOOL), 3, 'all wait in the same spool');
}

sub removal
{
    my ($added) = @_;

    type('dpkg -r tocsin', 'it is removed');
    ok(await(sub { !responders() }), 'no responder stays');
    answers($added, 'removed', 404, 'the web server goes on without it');
    is(waiting($SPOOL), 3, 'the events wait');
    type('dpkg -P tocsin', 'it is purged');
    like($printed, qr/tocsin: 3 files with events wait in \Q$SPOOL\E, which/,
        'which says that events wait');
    is(waiting($SPOOL), 3, 'and keeps them');
    ok(!-e '/etc/tocsin.conf', 'but not the configuration');

    type('dpkg -i /root/1.deb', 'it is installed again');
    type('service postgresql start');
    type('lighty-enable-mod tocsin && service lighttpd force-reload');
    answers($added, 'again', 200, 'installed again');
    ok(await(sub { waiting($SPOOL) == 0 }), 'nothing waits any more');
    is(stored(), 'again 1, cgi 1, first 1, outage 1, upgraded 1',
        'each event was stored once');
}

# Those with our name outside of the database and of what runs.
sub files
{
    my $dirs = '/etc /usr /var/lib /var/spool /var/log';
    return qx(find $dirs -name '*tocsin*' | sort);
}
