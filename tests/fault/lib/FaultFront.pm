# SPDX-License-Identifier: ISC
package FaultFront;

# A front end whose responder may have another database than the one that
# the environment names.  DATABASE is its conninfo.

use strict;
use warnings;

use parent qw(Tocsin::Front);

our $DATABASE;

sub write_settings
{
    my ($self, $path) = @_;
    my $database = $DATABASE // "host=$ENV{PGHOST} port=$ENV{PGPORT}"
        . " dbname=$ENV{PGDATABASE} user=tocsin_web";

    Tocsin::Front::write_file($path, map { "$_\n" }
            "database = $database",
        'spool_volatile = yes',
        split /\s*;\s*/, $ENV{FRONT_SETTINGS} // '');
}

1;
