#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Whatever text a sender sends, it is stored byte for byte, or the request
# is refused as a whole.
use strict;
use warnings;
use utf8;
no warnings 'nonchar';

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $int = integration(capture => 1);

# Raw members of a create, as bytes.
sub raw
{
    my ($members) = @_;
    utf8::encode($members) if utf8::is_utf8($members);
    return post($int, qq({"event_type":"create",$members}));
}

# What PostgreSQL cannot hold becomes U+FFFD.
my $n = 0;
for ([ '\u0000', "\x{FFFD}", 'an escaped NUL' ],
    [ '\ud83d', "\x{FFFD}", 'a lone high surrogate' ],
    [ '\ude00', "\x{FFFD}", 'a lone low surrogate' ],
    [ '\ud83d\ud83d\ude00', "\x{FFFD}\x{1F600}", 'a high one too many' ],
    [ '\ude00\ud83d', "\x{FFFD}\x{FFFD}", 'a pair the wrong way round' ],
    [ '\ud83dx', "\x{FFFD}x", 'half a pair before a letter' ],
    [ '\ud83d\n', "\x{FFFD}\n", 'half a pair before an escape' ],
    [ '\uD83D\uDE00', "\x{1F600}", 'a pair' ],
    [ '\uFFFF\ufdd0', "\x{FFFF}\x{FDD0}", 'a noncharacter' ],
    [ '\\\\u0000', '\\u0000', 'a backslash before u0000' ],
    [ '\u0001\u001f\u007f', "\x01\x1F\x7F", 'escaped control characters' ])
{
    my ($json, $text, $name) = @$_;
    my $id = "fffd-" . ++$n;
    accepted(
        raw(qq("Id":"$id","Title":"t$json","Description":"$json",)
                . qq("Tags":["t$json"],"Meta":{"k$json":"$json"},)
                . qq("x$json":"$json")),
        'created', "$name is accepted");
    my $a = alerts($int, $id)->[0];
    is_deeply(
        [
            @$a{qw(title description tags meta)},
            $a->{additional_data}[0]{value}
        ],
        [ "t$text", $text, ["t$text"], { "k$text" => $text }, $text ],
        "$name is stored in every field");
}
my $id = raw('"Id":"nul\u0000x","Title":"t"')->{json}{Id};
is($id, "nul\x{FFFD}x", 'in an Id too, and the answer says so');
accepted(raw('"Id":"good","Id\u0000x":"evil","Title":"t"'),
    'created', 'a key with a NUL');
is(@{ alerts($int, 'good') }, 1, 'is not the key before the NUL');

# What is not UTF-8 is refused.
for ([ "\xff", 'a byte that is never UTF-8' ],
    [ "\xc3", 'a sequence cut short' ],
    [ "\xc0\x80", 'an overlong NUL' ],
    [ "\xe0\x80\xaf", 'an overlong slash' ],
    [ "\xed\xa0\x80", 'a surrogate' ],
    [ "\xf4\x90\x80\x80", 'what lies over U+10FFFF' ],
    [ "\xf8\x88\x80\x80\x80", 'five bytes' ],
    [ "\x80", 'a byte that only continues' ],
    [ "\0", 'a raw NUL' ],
    [ "\n", 'a raw line feed' ],
    [ "\t", 'a raw tab' ],
    [ "\x1f", 'a raw control character' ])
{
    my ($bytes, $name) = @$_;
    problem(raw(qq("Title":"t$bytes")), 400, undef, "$name in a title: 400");
    problem(raw(qq("Title":"t","Meta":{"$bytes":1})),
        400, undef, "$name in a key of Meta: 400");
}

# Hostile, but text.
my @hostile = (
    q{'; drop table tocsin_internal.alert; --},
    q{' or '1'='1},
    q{$1 $$ $tag$ :name :'x' \\i /etc/passwd},
    q{\\N \\. \\000 \\x41 E'\\\\'},
    q{%s%s%n%x %1$n},
    q{{"a":1},[2]},
    q{NULL null undefined NaN},
    q{<script>alert(1)</script><img src=x onerror=alert(1)>},
    q{"onmouseover="alert(1)},
    q{javascript:alert(1)//},
    q{`id` $(id) | id ; id && id},
    q{../../../../etc/passwd},
    "X-Evil: 1\r\nStatus: 200\r\n\r\nhello",
    "\x{1b}[31mred\x{1b}[0m\x{7}\x{8}",
    "\x{202e}evil\x{202c} \x{200b}\x{feff}\x{2028}\x{2029}",
    "\x{1f469}\x{200d}\x{1f469}\x{200d}\x{1f467} \x{1f1e9}\x{1f1ea}",
    "Z\x{351}\x{36b}\x{343}\x{36a}\x{302}\x{36b}\x{33d}algo",
    "\x{10ffff}\x{e000}\x{fffe}\x{1}",
    'пожар — 火事 — حريق — 불 — ไฟ',
    "  leading and trailing\t ",
    'x' x 1000,
);
for my $i (0 .. $#hostile) {
    my $text = $hostile[$i];
    (my $name = substr $text, 0, 30) =~ s/[^ -~]/./g;
    accepted(
        create($int, Id => "h$i:$text", Title => $text, Description => $text,
            Tags => ["t$text"], Meta => { $text => [$text] },
            "key $text" => $text),
        'created', "$name is accepted");
    my $a = alerts($int, "h$i:$text")->[0];
    is_deeply(
        [
            $a->{external_id}, $a->{title}, $a->{description}, $a->{meta},
            $a->{additional_data}[0]{value}
        ],
        [ "h$i:$text", $text, $text, { $text => [$text] }, $text ],
        "$name is stored as it is");
    is($a->{tags}[0], "t$text", "$name in a tag") if length $text < 255;
}

# Numbers in Meta are not rounded.
accepted(
    raw('"Id":"n","Title":"t","Meta":{"i":123456789012345678901234567890,'
            . '"f":0.1000000000000000055511151231257827,"e":1E+2}'),
    'created', 'numbers of any length in Meta');
is(
    value("select meta::text from tocsin.alerts where external_id = 'n'"
            . " and integration_id = :'i'", i => $int),
    '{"e": 100, "f": 0.1000000000000000055511151231257827,'
        . ' "i": 123456789012345678901234567890}',
    'are stored with every digit');

# What is told in the format incoming makes an equal alert.
my $other = integration();

sub told
{
    my ($notice) = @_;
    return rows(
        'select a.alert_id, tocsin_internal.render(f,'
            . ' tocsin_internal.facts_of(array[(a.alert_id, :\'n\','
            . ' a.alert_id, now())::tocsin_internal.told], now(), \'UTC\'))'
            . '::text as body from tocsin_internal.alert a,'
            . ' tocsin_internal.format f where f.name = \'incoming\''
            . ' and integration_id = :\'i\' order by a.alert_id',
        i => $int, n => $notice);
}

my @same = qw(title description tags meta incident incident_severity
    incident_message urgency status);
create($int, Id => 'incident', Urgency => 'critical', Meta => {
        incident => JSON::PP::true, incident_severity => 'SEV-2',
        incident_message => 'Join', other => [ 1, { a => undef } ] });
for (
    [ 'created', undef ],
    [ 'acknowledged', 'acknowledge' ],
    [ 'resolved', 'resolve' ])
{
    my ($notice, $type) = @$_;
    post($int, { event_type => $type, Id => 'incident' }) if $type;
    my @told = @{ told($notice) };
    cmp_ok(scalar @told, '>', 30, "$notice: there are alerts");
    @told = grep { $_->{alert_id} eq alerts($int, 'incident')->[0]{id} } @told
        if $type;
    for my $told (@told) {
        my $body = $told->{body};
        utf8::encode($body);
        my $answer = post($other, $body);
        is($answer->{json}{outcome}, $notice, "$notice: it is taken")
            or diag($body);
        my ($was) = grep { $_->{id} eq $told->{alert_id} } @{ alerts($int) };
        is_deeply([ @{ alerts($other, $told->{alert_id})->[0] }{@same} ],
            [ @{$was}{@same} ], "$notice: and equal");
    }
}

done_testing;
