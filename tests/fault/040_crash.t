#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# The responder is killed at every system call of one CGI request, in three
# situations: it spools, it stores, and it drains the spool after its answer.
# Whatever was answered 2xx is stored once; a sender that got no answer retries,
# and has its alert once.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;

use Cgi;
use Files qw(peek);
use Psql qw(integration query);
use Responder;
use World qw(need);

need('strace', 'cc');
my $world = World->new;
my $integration = integration(token => 'secret');
my %promised; # event id => where it was killed
my %alert; # Ids that were sent
my %count = (answered => 0, retried => 0);

sub attempt
{
    my ($id, %o) = @_;
    $alert{$id}++;
    my $answer = Cgi::run(
        world => $world,
        integration => $integration,
        token => 'secret',
        event => { event_type => 'create', Id => $id, Title => 'A title' },
        %o);
    if ($answer->{status} =~ /^2/) {
        # The body may have been cut; then only the alert can be looked for.
        my $event = $answer->{json}{event_id};
        $promised{$event} = $id if $event;
        $count{answered}++;
    } elsif ($answer->{status} != 0 && $answer->{status} != 503) {
        fail("a crash is never answered $answer->{status}");
    }
    return $answer;
}

# Kill it at this point.  What the sender does not know, it sends again.
sub crash
{
    my ($way, $point) = @_;
    my ($name, $prepare, %o) = @$way{qw(name prepare)};
    my $id = "$name $point";

    $prepare->($id) if $prepare;
    my $answer = attempt($id, away => $way->{away},
        strace => [ '-e', "inject=$point" ]);
    return if $answer->{killed} != 9;
    $count{$name}++;
    return if $answer->{status} =~ /^2/;
    $count{retried}++;
    my $again = attempt($id, away => $way->{away});
    is($again->{status}, $way->{status}, "after a kill at $point of the way"
            . " $name the next request is taken")
        if $again->{status} != $way->{status};
}

# Every system call of a run without a fault, as "name:n" for the n-th of its
# name in a thread; those before the first that concerns us, and the others.
sub calls
{
    my ($way) = @_;
    my (%n, @before, @after, %seen);

    $way->{prepare}->("$way->{name} plain") if $way->{prepare};
    attempt("$way->{name} plain", away => $way->{away}, strace => []);
    for (split /\n/, peek("$world->{dir}/trace")) {
        my ($thread, $name) = /^(\d+) +(\w+)\(/ or next;
        my $call = "$name:" . ++$n{"$thread $name"};
        next if $name eq 'execve' || $seen{$call}++;
        push @{ @after || /$way->{begin}/ ? \@after : \@before }, $call;
    }
    return (\@before, \@after);
}

sub points
{
    my ($way) = @_;
    my ($before, $after) = calls($way);
    my @calls = $World::LONG
        ? (@$before, @$after)
        : (thin(5, @$before), thin(40, @$after));

    return map { /^(\w+):(\d+)/; "$1:signal=KILL:when=$2" } @calls;
}

# At most n of them, evenly.
sub thin
{
    my ($n, @all) = @_;
    return @all if @all <= $n;
    return map { $all[ $_ * @all / $n ] } 0 .. $n - 1;
}

# Something for the drain to do.
sub leave_one
{
    my ($id) = @_;
    my $answer = attempt("$id, before", away => 1);
    $answer->{status} == 202 or die "could not spool: $answer->{header}\n";
}

my @ways = (
    { name => 'database', status => 200, begin => qr/spool/ },
    { name => 'spool', away => 1, status => 202, begin => qr/spool/ },
    {
        name => 'drain',
        status => 200,
        begin => qr/write\(1, "Status: 2/,
        prepare => \&leave_one
    });

attempt('first');
for my $way (@ways) {
    ok(Responder::drain($world), "the spool is empty before $way->{name}");
    my @points = points($way);
    crash($way, $_) for @points;
    cmp_ok($count{ $way->{name} } // 0, '>=', $World::LONG ? 200 : 25,
        "the way $way->{name} had enough crashes");
    is(join(' ', $world->torn), '', "the way $way->{name} left no torn file");
    note("$way->{name}: $count{$way->{name}} of " . @points);
}

ok(Responder::drain($world), 'what waits is drained');
my %stored = map { ($_->[0] => $_->[1]) }
    query('select id, external_id from tocsin.events');
my @lost = grep { !$stored{$_} } sort keys %promised;
my @alerts = query('select external_id, count(*) from tocsin.alerts'
        . ' group by 1 order by 1');
my @unexpected = grep { !$alert{$_} } values %stored;
my %of;
$of{$_}++ for values %stored;

is("@promised{@lost}", '', 'nothing that was answered 2xx is lost');
is(join(', ', grep { !$of{$_} } sort keys %alert), '',
    'whoever went on until it was answered 2xx has its event');
is(join(', ', map { $_->[0] } grep { $_->[1] != 1 } @alerts), '',
    'every Id has one alert');
is("@unexpected", '', 'nothing is stored that was not sent');
is(join(', ', grep { $of{$_} > $alert{$_} } keys %of), '',
    'no attempt is stored twice');
is(join(' ', $world->spooled('bad')), '', 'nothing went to bad/');
cmp_ok($count{answered}, '>', 60, 'many were answered');
cmp_ok($count{retried}, '>', 25, 'many were killed before their answer');
note(join ', ', map { "$_ $count{$_}" } sort keys %count);

done_testing();
