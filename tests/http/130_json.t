#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What is JSON and what is not, as a body and as a value in Meta.
#
# A line of json_cases.txt is a verdict, a name and a text in which %XX is a
# byte and %{N*text} a repetition.  The verdicts: y is JSON, s is JSON but
# neither an object nor an array, n is not JSON.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $int = integration();
my (%stored, %seen);

sub read_cases
{
    my @cases;
    open my $f, '<', "$FindBin::Bin/json_cases.txt"
        or die "no cases: $!\n";
    while (<$f>) {
        chomp;
        my ($verdict, $name, $text) = /^([ysn]) ([^:]+): (.*)$/
            or die "not a case: $_\n";
        die "two cases are called $name\n" if $seen{$name}++;
        $text =~ s/%\{(\d+)\*([^}]+)\}/$2 x $1/ge;
        $text =~ s/%([0-9A-F]{2})/chr hex $1/ge;
        push @cases, [ $verdict, $name, $text ];
    }
    return @cases;
}

# As a body: an object without an event_type is 422, so is an array of what
# is no event.
sub as_body
{
    my ($verdict, $name, $text) = @_;
    my $want = $verdict eq 'y' ? 422 : 400;
    problem(post($int, $text), $want, undef, "body: $name: $want");
}

# As a value: stored, so that PostgreSQL would say the same of it.
sub as_value
{
    my ($verdict, $name, $text) = @_;
    my $answer = post($int,
        qq({"event_type":"create","Id":"$name","Title":"t",)
            . qq("Meta":{"v":$text}}));
    if ($verdict eq 'n') {
        problem($answer, 400, undef, "value: $name: 400");
    } else {
        accepted($answer, 'created', "value: $name: created");
        $stored{$name} = unpack 'H*', $text;
    }
}

for my $case (read_cases()) {
    as_body(@$case);
    as_value(@$case);
}
cmp_ok(scalar(keys %seen), '>=', 200, 'there are 200 cases');

is_deeply(
    rows(
        "select external_id, key from (select * from tocsin.alerts"
            . " where integration_id = :'i') a"
            . " full join json_each_text(:'stored') s on key = external_id"
            . " where external_id is null or key is null"
            . " or meta->'v' is distinct from"
            . " convert_from(decode(value, 'hex'), 'UTF8')::jsonb",
        i => $int,
        stored => json(\%stored)),
    [],
    'each value is stored as PostgreSQL reads it');

done_testing;
