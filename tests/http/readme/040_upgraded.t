#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The private PostgreSQL of make run is restarted when its files have been
# replaced, as by an upgrade of its package: it would load libraries that do
# not fit it.
use strict;
use warnings;

use File::Temp qw(tempdir);
use FindBin;
use Test::More;

use lib "$FindBin::Bin/../../lib";
use Files qw(slurp);

my $postgres = "$FindBin::Bin/../../lib/postgres";
my ($installed) = reverse glob '/usr/lib/postgresql/*';
my ($release) = $installed =~ /(\d+)$/;
my $dir = tempdir('tocsin.XXXXXX', DIR => '/tmp', CLEANUP => 1);
my $copy = "$dir/usr/lib/postgresql";

chmod 0711, $dir;
system("mkdir -p '$dir/db' '$copy' && chmod 711 '$dir/db' &&"
        . " cp -R '$installed' '$copy' && ln -s /usr/share '$dir/usr/share'")
    == 0
    or die "could not copy $installed\n";
$ENV{POSTGRES_BIN} = "$copy/$release/bin";
$ENV{POSTGRES_FSYNC} = 'off';
END { my $status = $?; system $postgres, 'stop', "$dir/db"; $? = $status }

# Start it where it may run already; its pid.
sub start
{
    system($postgres, 'start', "$dir/db") == 0 or die "no PostgreSQL\n";
    my ($pid) = slurp("$dir/db/pg/postmaster.pid") =~ /^(\d+)$/m;
    return $pid;
}

my $pid = start();
is(readlink "/proc/$pid/exe", "$ENV{POSTGRES_BIN}/postgres",
    'the copy runs');
is(start(), $pid, 'started again, it is the same server');
system("cd '$ENV{POSTGRES_BIN}' && cp postgres new && mv new postgres") == 0
    or die "could not replace it\n";
my $new = start();
isnt($new, $pid, 'after an upgrade it is another one');
is(readlink "/proc/$new/exe", "$ENV{POSTGRES_BIN}/postgres",
    'of the program that is installed');
is(start(), $new, 'which stays');

done_testing;
