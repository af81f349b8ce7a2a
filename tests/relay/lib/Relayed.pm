# SPDX-License-Identifier: ISC
package Relayed;

# tocsin-relay beside a database that has nothing but the functions which it
# calls: tests/relay/stand_in.sql.
#
#   prepare()           make them
#   add(%job)           let a job wait; returns its message
#   told($message)      what the relay said of a message, once: a hash; dies
#                       when it says nothing
#   once($conf, @options)
#                       run a relay with that configuration until nothing is
#                       due; it must print nothing
#
# and $RELAY, the program.

use strict;
use warnings;

use Exporter qw(import);
use FindBin qw($Bin);
use JSON::PP ();
use Test::More;

use Psql qw(psql rows value);
use Run qw(tocsin $SCHEMA);
use World qw(await $ROOT);

our @EXPORT = qw(prepare add told once $RELAY);
our $RELAY = "$ROOT/build/tocsin-relay";
my $JSON = JSON::PP->new;

sub prepare
{
    my $made = psql($ENV{PGDATABASE} // 'postgres', '-v', "schema=$SCHEMA",
        '-f', "$Bin/stand_in.sql");
    is($made, '', 'there is a database');
    return;
}

sub add
{
    my (%job) = @_;
    return value(q{select add(:'job')}, job => $JSON->encode(\%job));
}

sub told
{
    my ($message) = @_;
    my @rows;

    await(30, sub {
        @rows = @{ rows(q{select * from said where what = 'done'
            and message = :'message'}, message => $message) };
    }) // die "nothing was said of $message\n";
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is(scalar @rows, 1, 'it is told once');
    return $rows[0];
}

sub once
{
    my ($conf, @options) = @_;
    my $run = tocsin({ program => $RELAY }, '-c', $conf, '--once', @options);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply([@$run{qw(status out err)}], [0, '', ''],
        'it ends well and prints nothing');
    return;
}

1;
