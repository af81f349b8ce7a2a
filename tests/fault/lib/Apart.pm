# SPDX-License-Identifier: ISC
package Apart;

# Run the test in a mount and a network namespace of its own, so that what it
# mounts and what it does to the network is gone when it ends, even if it is
# killed.  Skips the test where that is not to be had.

use strict;
use warnings;

use Test::More;

sub import
{
    return if $^C || $ENV{TOCSIN_APART};
    my @unshare = qw(unshare --mount --net --propagation private);
    plan skip_all => 'only root has namespaces to himself' if $> != 0;
    plan skip_all => 'no mount or network namespaces here'
        if system("@unshare true 2>/dev/null") != 0;
    $ENV{TOCSIN_APART} = 1;
    exec @unshare, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh',
        $^X, $0, @ARGV
        or die "could not run unshare: $!\n";
}

1;
