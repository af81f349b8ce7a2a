#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# A listener on the channel tocsin, as the reader and through psycopg2, is
# notified of every alert that changed while webhooks come in, and of nothing
# else; a listener that reads nothing delays no webhook.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn', qw(await);

my $PYTHON = '/usr/bin/python3'; # Debian's, which has psycopg2
my $TOOL = "$FindBin::Bin/../../build/tocsin";

plan(skip_all => 'psycopg2 for Python is not installed')
    if system("$PYTHON -c 'import psycopg2' 2>/dev/null");

my $int = integration(name => 'live');

sub ear
{
    local $ENV{PGUSER} = 'tocsin_reader';
    my $pid = open my $from, '-|', $PYTHON, "$FindBin::Bin/listen.py"
        or die "$PYTHON: $!\n";
    my $ear = { pid => $pid, from => $from, text => '' };
    (line($ear, 20) // '') eq 'listening' or die "nobody listens\n";
    return $ear;
}

# Its next line, or undef after so many seconds of silence.
sub line
{
    my ($ear, $seconds) = @_;
    my $select = IO::Select->new($ear->{from});

    while ($ear->{text} !~ /\n/) {
        return undef unless $select->can_read($seconds);
        sysread $ear->{from}, $ear->{text}, 65_536, length $ear->{text}
            or return undef;
    }
    $ear->{text} =~ s/^([^\n]*)\n//;
    return $1;
}

# All that is said until an alert is named that is opened now, for this.
sub heard
{
    my ($ear) = @_;
    my $last = opened('last');
    my @said;

    while (defined(my $line = line($ear, 20))) {
        push @said, $JSON->decode($line);
        return @said if grep { $_ eq $last } @{ $said[-1]{alerts} };
    }
    die "it was not told of the last alert\n";
}

my $number = 0;

sub opened
{
    my ($what) = @_;
    my $answer = create($int, Id => "$what-" . ++$number);
    die "not opened: $answer->{body}\n" if $answer->{status} != 200;
    return $answer->{json}{alert_id};
}

# Send events of a type, 32 at a time, and return how many were taken.
sub load
{
    my ($type, @ids) = @_;
    my $taken = 0;

    while (my @some = splice @ids, 0, 32) {
        $taken += grep { $_->{status} == 200 } together(
            map {
                [
                    POST => "integration/$int",
                    headers => [ 'Content-Type' => 'application/json' ],
                    body => json(
                        { event_type => $type, Id => $_, Title => 't' })
                ]
            } @some);
    }
    return $taken;
}

sub ids_of
{
    my %alerts = map { $_ => 1 } map { @{ $_->{alerts} } } @_;
    return join ' ', sort keys %alerts;
}

sub events_of
{
    my $sum = 0;
    $sum += $_->{events} for @_;
    return $sum;
}

sub stored
{
    my ($condition) = @_;
    return join ' ', sort map { $_->{id} } @{
        rows('select id from tocsin.alerts'
                . " where integration_id = '$int' and $condition")
    };
}

my $ear = ear();
my @ids = map { "a$_" } 1 .. 320;
is(load(create => @ids), 320, 'three hundred and twenty alerts are opened');
my @said = heard($ear);
is(ids_of(@said), stored('true'), 'each of them is named, and no other');
is(events_of(@said), 321, 'every event that moved one is counted once');
cmp_ok(scalar(@said), '<', 321, 'several that are stored at once are one word');
is(join(' ', grep { join(' ', sort keys %$_) ne 'alerts events' } @said),
    '', 'ids are told, and nothing of what the alerts say');

is(load(create => @ids[ 0 .. 63 ]), 64, 'duplicates are taken');
is(load(resolve => map { "nobody-$_" } 1 .. 64), 64, 'so is what is ignored');
is(scalar(heard($ear)), 1, 'and nobody is told');

is(load(acknowledge => @ids[ 0 .. 31 ]), 32, 'some are acknowledged');
is(load(resolve => @ids[ 0 .. 31 ]), 32, 'and resolved');
@said = heard($ear);
is(events_of(@said), 65, 'both are told');
like(ids_of(@said), qr/\Q$_\E/, 'of each alert')
    for split / /, stored("status = 'resolved'");

# A dashboard that hangs: more is said than a socket holds.
kill 'STOP', $ear->{pid};
my $many = 0;
for my $round (1 .. 100) {
    my $answer = post($int, [ map { {
                event_type => 'create',
                Id => "m$round-$_",
                Title => 't'
            } } 1 .. 100 ]);
    $many++ if $answer->{status} =~ /^20[02]$/; # 202: the machine is busy
}
is($many, 100, 'nobody waits for one that does not read');
await(
    30,
    sub {
        value('select count(*) from tocsin.alerts'
                . " where integration_id = '$int' and external_id ~ '^m'") ==
            10_000;
    });
kill 'CONT', $ear->{pid};
is(events_of(heard($ear)), 10_001, 'which hears all of it afterwards');

is(system("$TOOL set notify off >/dev/null"), 0, 'it can be turned off');
my $quiet = opened('quiet');
is(system("$TOOL set notify on >/dev/null"), 0, 'and on again');
@said = heard($ear);
unlike(ids_of(@said), qr/\Q$quiet\E/, 'nothing is told meanwhile');
is(scalar(@said), 1, 'and afterwards only what comes then');

kill 'TERM', $ear->{pid};
close $ear->{from};

done_testing();
