# SPDX-License-Identifier: ISC
package Tocsin::Suite;

# Every test of the protocol on one front end, as one test: a file is a
# subtest.

use strict;
use warnings;

use FindBin qw($Bin);
use Test::More ();

# The facts that must hold whatever stands in front of integration/ in the
# URL.
my @BELOW_A_BASE = qw(020_lifecycle.t);

sub run
{
    my ($front) = @_;
    my $lib = "$Bin/../../lib";
    my @perl = ($^X, "-I$lib");

    exec "$lib/with-front", $front, @perl, $0
        or die "could not run with-front: $!\n"
        unless $ENV{BASE_URL};

    $| = 1;
    my $builder = Test::More->builder;
    for my $file (glob "$Bin/../*.t") {
        my $name = $file =~ s{.*/}{}r;
        $builder->ok(nested(@perl, $file), "$front: $name");
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
