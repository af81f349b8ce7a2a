# SPDX-License-Identifier: ISC
package Told;

# What the database says was to be told, against what arrived.  One judge for
# every fault:
#
#   missing     a transition that a destination has no delivery of
#   unsettled   deliveries that are neither sent nor dead with a reason
#   lost        sent, and never taken by the receiver
#   unexpected  arrived, and never committed
#   renamed     arrived under another id than that of its transition
#   disordered  of one alert, before what came before it was taken
#
# An arrival that no receiver took, and one that comes again, is no fault.
#
#   judge(%o)           counts of these, and details, of
#                       transitions   alert, notice, id (of the event)
#                       machines      names of destinations
#                       deliveries    destination, alert, notice, id, state,
#                                     reason, message
#                       arrivals      in order: destination, id, alert,
#                                     notice, status
#                       messages      to people, in order: destination, id
#                                     (of the first notice, if it is known),
#                                     count, listed (alert => notice), status
#   is_faultless($v)    test that there are none

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

our @EXPORT_OK = qw(judge is_faultless);

my %RANK = (created => 1, acknowledged => 2, resolved => 3);
my %WHAT = (
    missing => 'every transition is to be told to every destination',
    unsettled => 'each delivery is sent or dead with a reason',
    lost => 'what counts as sent was taken by its receiver',
    unexpected => 'nothing is told that was not committed',
    renamed => 'each transition is told under its own id and no other',
    disordered => 'each destination hears of an alert in order',
);

sub blame
{
    my ($v, $fault, $what) = @_;
    $v->{$fault}++;
    push @{ $v->{details} }, "$fault: $what" if @{ $v->{details} } < 20;
    return;
}

sub judge
{
    my (%o) = @_;
    my %v = ((map { $_ => 0 } keys %WHAT, qw(retried repeated)),
        details => []);
    my %id = map { ("$_->{alert} $_->{notice}" => $_->{id}) }
        @{ $o{transitions} };

    judge_deliveries(\%v, \%o);
    judge_arrivals(\%v, \%o, \%id);
    judge_messages(\%v, \%o, \%id);
    return \%v;
}

sub judge_deliveries
{
    my ($v, $o) = @_;
    my %there = map { ("$_->{destination} $_->{id}" => 1) }
        @{ $o->{deliveries} };
    my %names = map { $_ => 1 } @{ $o->{machines} },
        map { $_->{destination} } @{ $o->{deliveries} };

    for my $name (sort keys %names) {
        for my $t (grep { !$there{"$name $_->{id}"} } @{ $o->{transitions} })
        {
            blame($v, 'missing', "$name: $t->{notice} of $t->{alert}");
        }
    }
    for my $d (@{ $o->{deliveries} }) {
        next if $d->{state} eq 'sent';
        next if $d->{state} eq 'dead' && length($d->{reason} // '');
        blame($v, 'unsettled', "$d->{destination}: $d->{notice} of"
                . " $d->{alert} is $d->{state}");
    }
    return;
}

# What machines got: one notice at a time, with its id.
sub judge_arrivals
{
    my ($v, $o, $id) = @_;
    my (%times, %taken, %dead, %first);

    for my $d (@{ $o->{deliveries} }) {
        $dead{"$d->{destination} $d->{alert} $d->{notice}"} = 1
            if $d->{state} eq 'dead';
    }
    for my $a (@{ $o->{arrivals} }) {
        my $place = "$a->{destination} $a->{alert}";
        my $want = $id->{"$a->{alert} $a->{notice}"};

        $v->{retried}++ if $times{"$a->{destination} $a->{id}"}++;
        $v->{repeated}++ if $taken{"$place $a->{notice}"};
        if (!defined $want) {
            blame($v, 'unexpected', "$place $a->{notice}");
        } elsif ($a->{id} ne $want) {
            blame($v, 'renamed', "$place $a->{notice}: $a->{id}");
        }
        if (!$first{"$place $a->{notice}"}++) {
            for my $before (grep { $RANK{$_} < $RANK{ $a->{notice} } }
                sort keys %RANK)
            {
                next if !defined $id->{"$a->{alert} $before"}
                    || $taken{"$place $before"} || $dead{"$place $before"};
                blame($v, 'disordered', "$place $a->{notice} before $before");
            }
        }
        $taken{"$place $a->{notice}"} = 1 if $a->{status} =~ /^2/;
    }
    for my $d (@{ $o->{deliveries} }) {
        next if $d->{state} ne 'sent'
            || !grep { $_ eq $d->{destination} } @{ $o->{machines} };
        blame($v, 'lost', "$d->{destination} $d->{alert} $d->{notice}")
            if !$taken{"$d->{destination} $d->{alert} $d->{notice}"};
    }
    return;
}

# What people got: messages of many alerts.
sub judge_messages
{
    my ($v, $o, $id) = @_;
    my (%carried, %reached);

    for my $d (@{ $o->{deliveries} }) {
        push @{ $carried{ $d->{destination} }{ $d->{message} } }, $d
            if $d->{state} eq 'sent' && defined $d->{message};
    }
    for my $m (@{ $o->{messages} }) {
        for my $alert (sort keys %{ $m->{listed} // {} }) {
            my $notice = $m->{listed}{$alert};
            my $place = "$m->{destination} $alert";

            blame($v, 'unexpected', "$place $notice")
                if !defined $id->{"$alert $notice"};
            blame($v, 'disordered', "$place $notice")
                if ($reached{$place} // '') !~ /\b$notice\b/
                && $RANK{$notice} < ($reached{"$place, most"} // 0);
            $reached{$place} .= " $notice";
            $reached{"$place, most"} = $RANK{$notice}
                if $RANK{$notice} > ($reached{"$place, most"} // 0);
        }
    }
    for my $name (grep { is_of_people($o, $_) } sort keys %carried) {
        my @taken = grep { $_->{destination} eq $name
                && $_->{status} =~ /^2/ } @{ $o->{messages} };
        for my $message (sort keys %{ $carried{$name} }) {
            my $all = $carried{$name}{$message};
            blame($v, 'lost', "$name: message $message of " . @$all)
                if !grep { tells_of($_, $all) } @taken;
        }
    }
    return;
}

sub is_of_people
{
    my ($o, $name) = @_;
    return !grep { $_ eq $name } @{ $o->{machines} };
}

# Whether a message is the one of these deliveries.
sub tells_of
{
    my ($message, $deliveries) = @_;
    my %alerts = map { $_->{alert} => 1 } @$deliveries;

    return 0 if $message->{count} != keys %alerts;
    return $message->{id} eq $deliveries->[0]{id} if defined $message->{id};
    return !grep { !$alerts{$_} } keys %{ $message->{listed} };
}

sub is_faultless
{
    my ($v) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($v->{$_}, 0, $WHAT{$_}) for sort keys %WHAT;
    diag($_) for @{ $v->{details} };
    return;
}

1;
