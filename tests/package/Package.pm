# SPDX-License-Identifier: ISC
package Package;

# What tests of packages share.
#
#   revision()               the commit to package: HEAD, or what the working
#                            tree has beyond it; undef without git
#   deb_begin($revision, $dir, $version)
#                            begin to build the Debian package in DIR
#   deb_end($run)            its path when that has ended; dies if it failed
#
# and $DIR, which is gone when the test ends, and $VERSION.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);

use Files qw(slurp);

our @EXPORT_OK = qw($ROOT $DIR $VERSION revision deb_begin deb_end);
our $ROOT = abs_path(dirname(__FILE__) . '/../..');
our $DIR = tempdir(CLEANUP => 1);
our ($VERSION) = slurp("$ROOT/Makefile") =~ /^VERSION = (\S+)$/m;

sub revision
{
    my $git = "git -C '$ROOT' -c safe.directory='$ROOT'"
        . ' -c user.name=test -c user.email=test@localhost';
    my $revision = qx($git stash create 2>/dev/null)
        || qx($git rev-parse HEAD 2>/dev/null);
    chomp $revision;
    return $revision eq '' ? undef : $revision;
}

sub deb_begin
{
    my ($revision, $dir, $version) = @_;

    make_path($dir);
    $version //= $VERSION;
    my $pid = fork // die "could not fork: $!\n";
    if (!$pid) {
        delete @ENV{ grep { /^(?:MAKE|MFLAGS)/ } keys %ENV };
        @ENV{qw(O REVISION VERSION)} = ($dir, $revision, $version);
        open STDERR, '>', "$dir/said";
        open STDOUT, '>&', \*STDERR;
        exec "$ROOT/cgi/package/deb" or exit 127;
    }
    return { pid => $pid, dir => $dir, version => $version };
}

sub deb_end
{
    my ($run) = @_;

    waitpid $run->{pid}, 0;
    die "no package: " . slurp("$run->{dir}/said") if $?;
    my ($deb) = glob "$run->{dir}/dist/tocsin_$run->{version}-1_*.deb";
    return $deb;
}

1;
