#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Several processes count into the same counters, which outlive them.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use World postgres => 'own', front => 'apache-fcgid', qw(await);
use World::Front;
use Http;
use Psql;
use Test::More;

my $int = integration(name => 'counted');

sub processes
{
    return World::Front::running($ENV{FRONT_PROGRAM});
}

# Our own scrapes change nothing, so that two of them are the same.
sub counters
{
    my $text = request(GET => 'metrics')->{body};
    return {
        $text =~ /^(tocsin_(?:requests|events|batch)\w*(?:\{.*\})?) (\S+)$/mg
    };
}

my $sent = 0;
for (1 .. 10) {
    my @answers = together(
        map {
            [
                POST => "integration/$int",
                headers => [ 'Content-Type' => 'application/json' ],
                body => json(
                    { event_type => 'create', Id => $_, Title => 't' })
            ]
        } 1 .. 16);
    $sent += @answers;
    is(scalar(grep { $_->{status} == 200 } @answers), 16, 'sixteen at once');
    last if processes() > 2;
}
my @pids = map { m{(\d+)} } processes();
cmp_ok(scalar(@pids), '>', 1, 'several processes have answered');
my $first = counters();
is($first->{'tocsin_requests_total{code="200"}'}, $sent,
    'whoever is asked has all of them counted');
is($first->{'tocsin_events_total{outcome="created"}'}
        + $first->{'tocsin_events_total{outcome="duplicate"}'},
    $sent, 'and what became of each event');
is_deeply(counters(), $first, 'whoever is asked next says the same')
    for 1 .. 5;

kill 'TERM', @pids;
await(60, sub { !grep { kill 0, $_ } @pids })
    or die "the responders do not end\n";
is_deeply(counters(), $first, 'and so do those that come after them');

done_testing;
