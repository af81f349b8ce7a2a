#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The judge of histories (lib/History.pm) finds each fault that it is for, and
# none in a history without faults.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;

use lib "$Bin/lib", "$Bin/../lib";

use History;

# What the database says: request, event id, Id, type, outcome of each event;
# and Id, number of alerts, status in the end.
my (@events, @alerts);
{
    no warnings 'redefine';
    *History::rows = sub {
        return $_[0] =~ /from tocsin.events/ ? \@events : \@alerts;
    };
}

# Attempts on one Id, one after the other: type and status, and outcome where
# it was 200.
sub attempts
{
    my $i = 0;
    return map {
        my ($type, $status, $outcome) = split / /;
        $i++;
        {
            request_id => "r$i",
            external_id => 'x',
            type => $type,
            invoke => $i,
            done => $i + 0.5,
            status => $status,
            sent => 1,
            event_id => $status =~ /^2/ ? "e$i" : undef,
            outcome => $outcome
        };
    } @_;
}

# The log, from attempt, type and outcome of each event.
sub in_log
{
    @events = map {
        my ($n, $type, $outcome) = split / /;
        [ "r$n", "e$n", 'x', $type, $outcome ];
    } @_;
}

sub faults_are
{
    my ($want, $name, @attempts) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $v = History::judge(\@attempts, 'int_x');
    my @got = map { "$_ $v->{$_}" }
        grep { $v->{$_} }
        qw(lost unexpected duplicates illegal misread wronged);
    is("@got", $want, $name) or diag(@{ $v->{details} });
}

my @life = ('create 200 created', 'acknowledge 202', 'resolve 202');
my @log = ('1 create created', '2 acknowledge acknowledged',
    '3 resolve resolved');

@alerts = ([ 'x', 1, 'resolved' ]);
in_log(@log);
faults_are('', 'a life without a fault', attempts(@life));
in_log(@log[ 0, 2 ]);
faults_are('lost 1', 'an event that is gone', attempts(@life));
in_log(@log, $log[2]);
faults_are('duplicates 1', 'an event that is there twice', attempts(@life));
in_log(@log, '9 create duplicate');
faults_are('unexpected 1', 'an event that nobody sent', attempts(@life));
in_log(@log);
faults_are('unexpected 1 wronged 1', 'a good event refused, and stored',
    attempts(@life[ 0, 1 ], 'resolve 422'));
in_log('1 create created', '2 acknowledge ignored', '3 resolve resolved');
faults_are('illegal 1', 'an acknowledge that came after the resolve',
    attempts(@life));
in_log(@log);
@alerts = ([ 'x', 1, 'open' ]);
faults_are('illegal 1', 'a status that the events do not lead to',
    attempts(@life));
@alerts = ([ 'x', 2, 'resolved' ]);
faults_are('duplicates 1', 'two alerts of one create', attempts(@life));

@alerts = ([ 'x', 1, 'open' ]);
in_log('1 create created', '2 create duplicate');
faults_are('misread 1', 'an answer that says something else',
    attempts('create 200 created', 'create 200 created'));

# What was not answered may have been applied at any time after, or never.
@alerts = ([ 'x', 1, 'open' ]);
in_log('1 create created', '2 acknowledge ignored', '3 create duplicate');
faults_are('illegal 1', 'an acknowledge that was heard and came first',
    attempts('create 200 created', 'acknowledge 202', 'create 202'));
in_log('1 create created', '2 create duplicate');
faults_are('', 'an event without an answer may be stored',
    attempts('create 200 created', 'create 503'));
in_log('1 create created');
faults_are('', 'or not', attempts('create 200 created', 'create 503'));
in_log('1 create duplicate', '2 create created');
faults_are('', 'or stored late', attempts('create 0', 'create 202'));
@alerts = ([ 'x', 1, 'resolved' ]);
in_log('1 create created', '2 resolve ignored');
faults_are('', 'behind a later resolve, which resolves it',
    attempts('create 0', 'resolve 202'));
faults_are('illegal 1', 'but not if it was stored at once',
    attempts('create 200 created', 'resolve 202'));
done_testing;
