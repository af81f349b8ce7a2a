#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The judge of notifications (lib/Told.pm) finds each fault that it is for, and
# no other.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/lib";
use Test::More;
use Told qw(judge);

my @notices = qw(created acknowledged resolved);

# Two alerts, a program and a chat: all was told, the second try of one.
sub told
{
    my %o = (machines => ['hook']);
    for my $alert (qw(a b)) {
        push @{ $o{transitions} },
            map { { alert => $alert, notice => $_, id => "$alert-$_" } }
            @notices;
    }
    for my $name (qw(hook chat)) {
        push @{ $o{deliveries} },
            map { { %$_, destination => $name, state => 'sent',
                message => $name eq 'chat' ? 'm1' : "m-$_->{id}" } }
            @{ $o{transitions} };
    }
    $o{arrivals} = [
        { destination => 'hook', id => 'a-created', alert => 'a',
            notice => 'created', status => 500 },
        map { { %$_, destination => 'hook', status => 200 } }
            @{ $o{transitions} } ];
    $o{messages} = [
        { destination => 'chat', count => 2, status => 200,
            listed => { a => 'resolved', b => 'resolved' } } ];
    return \%o;
}

# The faults of it, changed so.
sub faults
{
    my ($change) = @_;
    my $o = told();
    $change->($o);
    my $v = judge(%$o);
    return join ' ', map { "$_ $v->{$_}" } grep { $v->{$_} }
        qw(missing unsettled lost unexpected renamed disordered);
}

my $v = judge(%{ told() });
is(faults(sub { }), '', 'when all was told there is no fault');
is("@$v{qw(retried repeated)}", '1 0', 'a second try is counted');
my @cases = (
    [ 'missing 1', 'a delivery that nobody made',
        sub { splice @{ $_[0]{deliveries} }, 1, 1 } ],
    [ 'missing 6', 'a destination that nobody thought of',
        sub { push @{ $_[0]{machines} }, 'other' } ],
    [ 'unsettled 1', 'one that still waits',
        sub { $_[0]{deliveries}[5]{state} = 'due' } ],
    [ 'unsettled 1', 'one that is dead without a reason',
        sub { $_[0]{deliveries}[5]{state} = 'dead' } ],
    [ '', 'but not with one',
        sub { @{ $_[0]{deliveries}[5] }{qw(state reason)} = qw(dead gone);
            pop @{ $_[0]{arrivals} } } ],
    [ 'lost 1', 'one that never arrived', sub { pop @{ $_[0]{arrivals} } } ],
    [ 'lost 1', 'one that was never taken',
        sub { $_[0]{arrivals}[6]{status} = 500 } ],
    [ 'lost 1', 'a message that never arrived',
        sub { $_[0]{messages} = [] } ],
    [ 'lost 1', 'one that tells of fewer alerts',
        sub { $_[0]{messages}[0]{count} = 1 } ],
    [ 'lost 1', 'one that begins with another notice',
        sub { $_[0]{messages}[0]{id} = 'b-created' } ],
    [ '', 'and one that does not',
        sub { $_[0]{messages}[0]{id} = 'a-created' } ],
    [ 'unexpected 1', 'what nobody committed',
        sub { push @{ $_[0]{arrivals} }, { destination => 'hook',
                id => 'c', alert => 'c', notice => 'created',
                status => 200 } } ],
    [ 'lost 1 unexpected 1', 'in a message, too',
        sub { $_[0]{messages}[0]{listed}{c} = 'created' } ],
    [ 'renamed 1', 'a second try under another id',
        sub { $_[0]{arrivals}[0]{id} = 'x' } ],
    [ 'disordered 1', 'what comes before its predecessor was taken',
        sub { $_[0]{arrivals}[1]{status} = 500;
            splice @{ $_[0]{arrivals} }, 3, 0,
                { %{ $_[0]{arrivals}[1] }, status => 200 } } ],
    [ 'disordered 2', 'what comes first',
        sub { my $a = $_[0]{arrivals};
            @$a[ 4 .. 6 ] = @$a[ 6, 4, 5 ] } ],
    [ '', 'but not what comes again',
        sub { push @{ $_[0]{arrivals} }, @{ $_[0]{arrivals} } } ],
    [ 'disordered 1', 'news to people that are old',
        sub { push @{ $_[0]{messages} }, { destination => 'chat',
                count => 1, listed => { a => 'created' },
                status => 200 } } ],
);
is(faults($_->[2]), $_->[0], $_->[1]) for @cases;
done_testing();
