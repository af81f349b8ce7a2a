#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The Debian package: lintian finds nothing, builds in two directories are
# identical, and its files are where Debian has them, enable nothing and link to
# nothing else; under systemd it does what README.Debian says.
use strict;
use warnings;

use File::Compare qw(compare);
use File::Find qw(find);
use File::Path qw(make_path);
use FindBin;
use Test::More;

use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Files qw(save slurp);
use Package qw($DIR $ROOT $VERSION revision deb_begin deb_end);

my $revision = revision() // plan skip_all => 'not a clone of git';

# Whatever the directory, the time zone, the language and the umask.  Of what
# the first build has compiled, another compiles two folders and the programs
# again, in the long form everything.
my $deb = deb_end(deb_begin($revision, "$DIR/one"));
my $again = do {
    local @ENV{qw(TZ LC_ALL XDG_CONFIG_HOME)} = ('Asia/Tokyo', 'C', $DIR);
    my $built = "$DIR/one/package/tocsin-$VERSION/build";
    make_path("$DIR/dpkg");
    save("$DIR/dpkg/buildpackage.conf", "hook-build=cp -a $built . &&"
            . " rm -r build/base build/dialect build/tocsin*\n")
        if ($ENV{FAULT} // '') ne 'long';
    my $mask = umask 077;
    my $run = deb_begin($revision, "$DIR/another/place");
    umask $mask;
    deb_end($run);
};
for my $name ('tocsin', 'tocsin-dbgsym') {
    is(compare(map { s{/tocsin_}{/${name}_}r } $deb, $again),
        0, "$name: the same bits from two directories");
}

# A path in what is compiled would be here, too.
my $symbols = "$DIR/symbols";
system('dpkg', '-x', $deb =~ s{/tocsin_}{/tocsin-dbgsym_}r, $symbols) == 0
    or die "no symbols\n";
my @symbols = split /\n/, qx(find $symbols -type f -name '*.debug');
cmp_ok(scalar @symbols, '>=', 4, 'each program has symbols');
is_deeply([ grep { slurp(plain($_)) =~ /\Q$DIR\E/ } @symbols ],
    [], 'which do not say where it was built');

# The same file with its sections as they are before they are compressed.
sub plain
{
    my ($path) = @_;
    system('objcopy', '--decompress-debug-sections', $path,
        "$DIR/plain") == 0 or die "no copy of $path\n";
    return "$DIR/plain";
}

my $changes = $deb =~ s/\.deb$/.changes/r;
my $fails = join ',', qw(error warning info pedantic);
my $found = qx(lintian --allow-root --info --pedantic \\
    --fail-on=$fails $changes 2>&1);
is($?, 0, 'lintian finds nothing') || diag($found);

my $root = "$DIR/root";
is(system('dpkg', '-x', $deb, $root), 0, 'it unpacks');
my @paths;
find({ no_chdir => 1, wanted => sub { push @paths, s/^\Q$root\E//r if -f } },
    $root);
my %has = map { $_ => 1 } @paths;
for my $path (
    '/usr/bin/tocsin',
    '/usr/lib/tocsin/tocsin.fcgi',
    '/usr/lib/tocsin/tocsin.cgi',
    '/usr/lib/tocsin/tocsin-relay',
    '/usr/share/tocsin/sql/install.sql',
    '/lib/systemd/system/tocsin.service',
    '/lib/systemd/system/tocsin.socket',
    '/lib/systemd/system/tocsin-relay.service',
    '/usr/lib/sysusers.d/tocsin.conf',
    '/usr/lib/tmpfiles.d/tocsin.conf',
    '/etc/logrotate.d/tocsin',
    '/usr/share/bash-completion/completions/tocsin',
    '/usr/share/doc/tocsin/README.Debian',
    '/usr/share/doc/tocsin/copyright',
    '/usr/share/doc/tocsin/webhooks-only.conf',
    (map { s{^.*/}{}r } glob "$FindBin::Bin/../../cgi/man/*.[1-8]"),
    (map { s{^.*/}{/etc/lighttpd/conf-available/}r }
            glob "$FindBin::Bin/../../lighttpd-conf/*.conf"),
    (map { s{^.*/}{/etc/apache2/conf-available/}r }
            glob "$FindBin::Bin/../../apache-conf/*.conf"))
{
    my $full = $path =~ /^(.*\.(\d))$/ ? "/usr/share/man/man$2/$1.gz" : $path;
    ok($has{$full}, "it has $full");
}
is_deeply([ grep { m{-enabled/|/usr/local} } @paths ],
    [], 'it enables nothing and puts nothing into /usr/local');

# Programs have no path of where they were built, files none that is not
# the package's.
my @strange = grep {
    my $text = slurp("$root$_");
    $text =~ /\Q$DIR\E/
        || (/^\/(?:etc|lib|usr\/share\/tocsin)/ && $text =~ /usr\/local/)
} @paths;
is_deeply(\@strange, [], 'no file leads elsewhere');
like(slurp("$root/lib/systemd/system/tocsin.service"),
    qr{^ExecStart=/usr/lib/tocsin/tocsin\.fcgi$}m,
    'nor does the unit');
is(system("systemd-analyze security --offline=true --threshold=15"
            . " $root/lib/systemd/system/tocsin.service >/dev/null 2>&1"),
    0, 'which exposes little, by what systemd says');
for my $path (grep { m{/conf-available/} } @paths) {
    unlike(slurp("$root$path"),
        qr/README\.md|cp \S+ \S*conf-available/,
        "$path: comments are about the package");
}

is(qx($root/usr/bin/tocsin --version), "tocsin $VERSION\n",
    'the version is the Makefile\'s');
is(qx(dpkg-deb -f $deb Version), "$VERSION-1\n", 'as is the package\'s');

# Installed, under a running systemd.
SKIP: {
    my $said = qx($ROOT/tests/lib/machine --systemd \\
        /usr/bin/perl $ROOT/tests/package/booted $deb);
    skip 'no overlay and namespaces here', 1 if $? >> 8 == 77;
    is($?, 0, 'it lives under systemd') || diag($said);
}

# Where each form has its spool, and whose it is.
my %spool = (
    'tmpfiles.d' => [ slurp("$root/usr/lib/tmpfiles.d/tocsin.conf") =~
            m{^d (/var/spool\S+) 0700 (\S+) }m ],
    'tocsin.conf' =>
        [ slurp("$root/usr/share/tocsin/tocsin.conf") =~ m{^spool = (\S+)}m,
            'www-data' ],
    'tocsin.service' => [
        map { /^ReadWritePaths=-(\S+spool\S+)/m, /^User=(\S+)/m }
            slurp("$root/lib/systemd/system/tocsin.service")
    ],
    'README.md' => [ slurp("$FindBin::Bin/../../README.md") =~
            /install -d -o (\S+) -g \S+ -m 700 (\S+)/ ? ($2, $1) : () ],
);
is_deeply($spool{$_}, [ '/var/spool/tocsin', 'www-data' ],
    "$_ has the one spool and its user")
    for sort keys %spool;

done_testing();
