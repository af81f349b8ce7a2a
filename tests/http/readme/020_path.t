#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The web servers are found with the PATH that Debian gives a user.
use strict;
use warnings;

use FindBin;
use Test::More;

my $lib = "$FindBin::Bin/../../lib";
exec "$lib/with-postgres", $^X, $0 or die "with-postgres: $!\n"
    unless $ENV{WITH_POSTGRES};

$ENV{PATH} = '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games';
for my $front (qw(lighttpd-spawn lighttpd-socket apache-fcgid)) {
    is(system("$lib/with-front", $front, 'true'), 0, "$front is started");
}
done_testing;
