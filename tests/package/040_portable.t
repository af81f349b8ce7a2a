#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The portable programs store webhooks from a directory that has nothing else
# in it: by the database's socket, and by TCP with TLS that checks the name,
# which they look up in files and by DNS, without the host's modules.  Long form
# only: it builds libpq.
use strict;
use warnings;

BEGIN { $ENV{POSTGRES_TCP} = 'yes' }

use Digest::SHA qw(sha256_hex);
use FindBin;
use IO::Socket::UNIX;
use POSIX ();
use Test::More;

use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Cgi;
use Files qw(slurp save);
use Package qw($ROOT $DIR $VERSION revision);
use Psql;
use Responder;

BEGIN {
    plan skip_all => 'long form only: make fault'
        if ($ENV{FAULT} // '') ne 'long';
    plan skip_all => 'needs root, for chroot' if $> != 0;
}
use World postgres => 'own', qw(await);

my $revision = revision() // plan skip_all => 'not a clone of git';
my $RUNS = 40;
my $TOKEN = 'secret';
my $DNS = '127.9.9.9';
my $UID = getpwnam 'www-data';
my $top = build();
my @programs = map { "$top/$_" }
    qw(bin/tocsin lib/tocsin/tocsin.cgi lib/tocsin/tocsin.fcgi);
my $integration = Psql::integration(token => $TOKEN);

is_static($_) for @programs;
lists_what_is_inside();
finds_its_sql();
my $empty = make_empty();
by_socket();
with_tls();
by_name('files');
with_dns(sub { by_name('dns') });
starts_fast();
done_testing();

sub build
{
    delete @ENV{ grep { /^(?:MAKE|MFLAGS)/ } keys %ENV };
    # libpq stays for the next time.
    local @ENV{qw(O REVISION VERSION)} = ("$ROOT/build", $revision, $VERSION);
    my $path = qx($ROOT/cgi/package/portable);
    die "no programs\n" if $?;
    chomp $path;
    system('tar', '-xzf', $path, '-C', $DIR) == 0 or die "no tarball\n";
    chmod 0711, $DIR;
    my ($dir) = glob "$DIR/tocsin-$VERSION-*";
    return $dir;
}

sub is_static
{
    my ($program) = @_;
    unlike(qx(readelf -lW $program), qr/INTERP/, "$program loads no library");
    like(qx(readelf -hW $program), qr/Type: +DYN/, 'and is loaded anywhere');
}

sub lists_what_is_inside
{
    my $spdx = slurp("$top/tocsin.spdx");
    my @has = $spdx =~ /^PackageName: (.*)$/mg;
    is_deeply(
        [ sort map { s/-\d+$//r } @has ],
        [ sort qw(tocsin postgresql openssl json-c libfcgi glibc gcc) ],
        'tocsin.spdx names what is inside');
    for my $program (@programs) {
        my $sum = sha256_hex(slurp($program));
        like($spdx, qr/^FileChecksum: SHA256: $sum$/m, 'and has its checksum');
    }
    is_deeply(
        [ sort map { s{.*/}{}r } glob "$top/share/doc/tocsin/licenses/*" ],
        [ sort grep { $_ ne 'tocsin' } @has ],
        'the licenses are there');
}

sub finds_its_sql
{
    like(
        qx($top/bin/tocsin -d '' init 2>&1),
        qr/^schema version \d+ is in place$/,
        'tocsin finds its SQL beside itself');
}

# Only the responder, its spool, and the database's socket or its name.
sub make_empty
{
    my $root = "$DIR/empty";
    mkdir $_ or die "$_: $!\n" for $root, map { "$root/$_" } qw(spool s etc);
    chown $UID, -1, "$root/spool";
    chmod 0700, "$root/spool";
    system('cp', $programs[2], "$root/tocsin.fcgi") == 0 or die "no copy\n";
    my $socket = ".s.PGSQL.$ENV{PGPORT}";
    link "$ENV{PGHOST}/$socket", "$root/s/$socket" or die "no socket: $!\n";
    save("$root/etc/hosts", "127.0.0.1 database.test\n");
    save("$root/etc/nsswitch.conf", "hosts: elsewhere\npasswd: elsewhere\n");
    save("$root/etc/passwd", "www-data:x:${UID}:${UID}::/:/none\n");
    return $root;
}

# As FastCGI, in the directory.
sub serve
{
    my ($conninfo, $then) = @_;
    my $path = "$DIR/socket." . int rand 1e9;
    my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 16)
        or die "$path: $!\n";
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        POSIX::dup2(fileno $listen, 0);
        open STDERR, '>>', "$DIR/log";
        exec 'env', '-i', environment($conninfo),
            '/usr/sbin/chroot', "--userspec=$UID:$UID", $empty, '/tocsin.fcgi'
            or POSIX::_exit(127);
    }
    close $listen;
    $then->(bless { path => $path }, 'Responder');
    kill 'TERM', $pid;
    waitpid $pid, 0;
    is($?, 0, 'the responder ends well') || diag(slurp("$DIR/log"));
}

sub environment
{
    my ($conninfo) = @_;
    return ("TOCSIN_DATABASE=$conninfo", 'TOCSIN_SPOOL=/spool',
        'TOCSIN_SPOOL_VOLATILE=yes');
}

sub creates
{
    my ($responder, $id) = @_;
    my $answer = $responder->post(
        integration => $integration,
        token => $TOKEN,
        event => { event_type => 'create', Id => $id, Title => 'T' });
    is($answer->{status}, 200, "$id: 200")
        || diag($answer->{header}, slurp("$DIR/log"));
    is(scalar @{ Psql::alerts($integration, $id) }, 1, "$id: stored");
}

sub by_socket
{
    serve("host=/s port=$ENV{PGPORT} dbname=tocsin user=tocsin_web",
        sub { creates($_[0], 'socket') });
}

# PostgreSQL takes TCP, encrypted; the name in its certificate is the one by
# which the responder has it.
sub with_tls
{
    my $data = Psql::value("select current_setting('data_directory')");
    system("cd $data && openssl req -new -x509 -nodes -days 2"
            . ' -subj /CN=database.test -addext'
            . ' subjectAltName=DNS:database.test'
            . ' -keyout server.key -out server.crt 2>/dev/null'
            . ' && chown --reference=PG_VERSION server.*'
            . ' && chmod 600 server.key') == 0
        or die "no certificate\n";
    system('cp', "$data/server.crt", "$empty/root.crt");
    chmod 0644, "$empty/root.crt";
    Psql::sql("alter system set ssl = on;"
            . " alter role tocsin_web password 'a secret';"
            . ' select pg_reload_conf()');
    await(20, sub { Psql::value("select current_setting('ssl')") eq 'on' });
}

sub by_name
{
    my ($source) = @_;
    serve(
        "host=database.test port=$ENV{POSTGRES_TCP_PORT} dbname=tocsin"
            . " user=tocsin_web password='a secret' sslmode=verify-full"
            . ' sslrootcert=/root.crt',
        sub {
            creates($_[0], $source);
            is( Psql::value(
                    'select bool_and(ssl)::text from pg_stat_ssl join'
                        . " pg_stat_activity using (pid) where usename ="
                        . " 'tocsin_web'"),
                'true',
                'the connection is encrypted');
        });
}

# Have the name in a server of DNS, and in no file.
sub with_dns
{
    my ($then) = @_;
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        open STDERR, '>', "$DIR/dnsmasq" or die;
        exec qw(dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file=
            --no-resolv --no-hosts --bind-interfaces --user=nobody
            --log-facility=- --log-queries), "--listen-address=$DNS",
            '--address=/database.test/127.0.0.1' or POSIX::_exit(127);
    }
    save("$empty/etc/hosts", "127.0.0.1 localhost\n");
    save("$empty/etc/resolv.conf", "nameserver $DNS\n");
    await(20, sub { slurp("$DIR/dnsmasq") =~ /started/ })
        or die slurp("$DIR/dnsmasq");
    $then->();
    like(slurp("$DIR/dnsmasq"), qr/query\[A\] database\.test /,
        'the server was asked');
    kill 'TERM', $pid;
    waitpid $pid, 0;
}

# CPU seconds of a start, which a CGI pays for each request without a door.
sub cost
{
    my ($program) = @_;
    my @before = times;
    system("i=0; while [ \$i -lt $RUNS ]; do $program --version || exit;"
            . ' i=$((i + 1)); done >/dev/null') == 0
        or die "no $program\n";
    my @after = times;
    return ($after[2] + $after[3] - $before[2] - $before[3]) / $RUNS;
}

sub starts_fast
{
    my ($own, $shared) =
        map { cost($_) } $programs[2], "$ROOT/build/tocsin.fcgi";
    note(sprintf 'a start: %.1f ms, with libraries %.1f ms',
        $own * 1000, $shared * 1000);
    cmp_ok($own, '<', $shared, 'it starts faster than with libraries');
}
