# SPDX-License-Identifier: ISC
package Installed;

# What tests do with the package where it is installed: in a machine that is
# thrown away.
#
#   type($command, $name)    type a command, which must succeed; $printed is
#                            what it said
#   await($met)              whether that is true within 30 seconds
#   answer($added, $id)      the status that a create of that Id gets, sent by
#                            the curl command that "integration add" printed
#   stored()                 the Ids that were created, and how often each
#   waiting($spool)          how many files wait in a spool

use strict;
use warnings;

use Exporter qw(import);
use Test::More ();
use Time::HiRes qw(sleep);

use Files qw(slurp);

our @EXPORT = qw($printed type await answer stored waiting);
our $printed;

sub type
{
    my ($command, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;

    # In a file: servers that it starts keep its output open.
    my $status = system "($command) >/root/said 2>&1 </dev/null";
    $printed = slurp('/root/said');
    return Test::More::is($status, 0, $name // $command)
        || Test::More::diag($printed);
}

sub await
{
    my ($met) = @_;
    for (1 .. 300) {
        return 1 if $met->();
        sleep 0.1;
    }
    return 0;
}

sub answer
{
    my ($added, $id) = @_;
    my ($curl) = $added =~ /(curl .*)/ or die "no curl: $added\n";
    $curl =~ s/"Id":"test-1"/"Id":"$id"/ or die "no Id: $curl\n";
    $curl =~ s/^curl -fsS -m 10 --retry 5/curl -sS -m 10/
        or die "no options: $curl\n";
    return scalar qx($curl -o /dev/null -w '%{http_code}');
}

sub stored
{
    return qx(cd / && runuser -u postgres -- psql -XAtq -d tocsin -c "
        select string_agg(external_id || ' ' || n, ', ' order by external_id)
        from (select external_id, count(*) n from tocsin.events
              where outcome = 'created' group by 1) e") =~ s/\n//r;
}

sub waiting
{
    my ($spool) = @_;
    my @files = glob "$spool/new/*";
    return scalar @files;
}

1;
