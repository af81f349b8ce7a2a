# SPDX-License-Identifier: ISC
package World::Suite;

# The tests of the protocol behind one front end, as one test: a file is a
# subtest.  Behind one CGI front end here, and behind one FastCGI front end in
# tests/san/010_sanitizers.t, all run; behind the others those that depend on
# the web server.  They have a PostgreSQL of their own.

use strict;
use warnings;

use FindBin qw($Bin);
use Test::More ();

my $PROVES_ALL = 'lighttpd-cgi';
my @CORE = map { "$_.t" } qw(005_core 030_token 080_refused 090_limits
    100_parallel 140_front 150_dialects 160_heartbeat);

# The facts that must hold whatever stands in front of integration/ in the
# URL.
my @BELOW_A_BASE = qw(005_core.t);

sub run
{
    my ($front) = @_;
    my $lib = "$Bin/../../lib";
    my @perl = ($^X, "-I$lib");

    if (!$ENV{BASE_URL}) {
        delete @ENV{ grep { /^(?:PG|WITH_POSTGRES$)/ } keys %ENV };
        exec "$lib/with-front", $front, @perl, $0
            or die "could not run with-front: $!\n";
    }

    $| = 1;
    my $builder = Test::More->builder;
    my @names = $front eq $PROVES_ALL
        ? map { s{.*/}{}r } glob "$Bin/../*.t"
        : @CORE;
    for my $name (@names) {
        $builder->ok(nested(@perl, "$Bin/../$name"), "$front: $name");
    }
    delete @ENV{ grep { /^FRONT/ } keys %ENV };
    delete $ENV{BASE_URL};
    $ENV{FRONT_BASE} = '/alerts/';
    for my $name (@BELOW_A_BASE) {
        $builder->ok(
            nested("$lib/with-front", $front, @perl, "$Bin/../$name"),
            "$front below $ENV{FRONT_BASE}: $name");
    }
    $builder->done_testing;
}

# Run a test, its lines indented as those of a subtest are.
sub nested
{
    open my $tap, '-|', @_ or die "could not run @_: $!\n";
    while (my $line = <$tap>) {
        print "    $line";
    }
    return close $tap;
}

1;
