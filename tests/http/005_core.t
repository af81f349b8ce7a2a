#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What a web server could corrupt on the way: the path, each byte of a body and
# of an answer.  What a member means is for the other tests.
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

# The protocol's longer example.
my $answer = post($int, <<'EOT');
{
  "event_type": "create",
  "Id": "example-id-123",
  "Title": "Example Incident Title",
  "Description": "Example Incident Description",
  "Tags": ["a", "b", "c"],
  "Meta": {
    "incident": true,
    "incident_severity": "SEV-1",
    "incident_message": "Please join conference bridge 1-800-123-4567"
  }
}
EOT
accepted($answer, 'created', 'the example creates an alert');
is($answer->{headers}{'content-type'},
    'application/json', 'the answer is JSON');
is_deeply([ sort keys %{ $answer->{json} } ],
    [qw(Id alert_id event_id outcome status)],
    'the answer has these members');
my $alert = alerts($int, 'example-id-123')->[0];
is_deeply(
    [
        @$alert{
            qw(id title description tags_text incident_severity
            incident_message)
        }
    ],
    [
        $answer->{json}{alert_id}, 'Example Incident Title',
        'Example Incident Description', 'a,b,c', 'SEV-1',
        'Please join conference bridge 1-800-123-4567'
    ],
    'the alert is what was sent');

# One life of an alert, and another with its Id.
my $other = integration();
for (
    [ create => 'created' ],
    [ create => 'duplicate' ],
    [ acknowledge => 'acknowledged' ],
    [ resolve => 'resolved' ],
    [ resolve => 'ignored already_resolved' ],
    [ create => 'created' ])
{
    my ($type, $outcome) = @$_;
    accepted(
        post($int, { event_type => $type, Id => 'a', Title => 't' }),
        $outcome, "$type: $outcome");
}
accepted(create($other, Id => 'a'), 'created', 'the path has the integration');
is(@{ alerts($int, 'a') }, 2, 'two alerts of the one');
is(@{ alerts($other, 'a') }, 1, 'one of the other');
my $unnamed = create($int);
accepted(
    post($int, { event_type => 'resolve', Id => $unnamed->{json}{Id} }),
    'resolved', 'the Id of an answer can be resolved');

# Each character of one byte, and some of two, three and four; once as they
# are and once escaped.
my $text = join '', map { chr } 1 .. 0x7f, 0x80, 0xff, 0x7ff, 0x800, 0x2028,
    0xfeff, 0xfffd, 0xffff, 0x10000, 0x1f525, 0x10ffff;
$text .= "\r\n\r\nStatus: 500\r\nX-Evil: 1\r\n\r\n%00%0a%s\\N";
for my $encode ($JSON, JSON::PP->new->ascii) {
    my $id = $encode == $JSON ? 'as they are' : 'escaped';
    $answer = post(
        $int,
        $encode->encode({
            event_type => 'create', Id => "$id $text", Title => $text,
            Description => $text, Meta => { $text => $text },
            key => $text,
        }));
    accepted($answer, 'created', "characters of every length, $id");
    is($answer->{json}{Id}, "$id $text", 'the answer repeats the Id');
    $alert = alerts($int, "$id $text")->[0];
    is_deeply(
        [
            @$alert{qw(title description meta)},
            $alert->{additional_data}[0]{value}
        ],
        [ $text, $text, { $text => $text }, $text ],
        'and each of them is stored');
}
accepted(
    post($int, '{"event_type":"create","Id":"n\u0000\ud83d","Title":"t"}'),
    'created', 'an escaped NUL and half a pair');
is(@{ alerts($int, "n\x{FFFD}\x{FFFD}") }, 1, 'are replaced');

# What is not UTF-8 or not JSON comes to us as it is, too.
my $count = @{ alerts($int) };
problem(post($int, qq({"event_type":"create","Title":"t$_->[0]"})),
    400, undef, "$_->[1] in a title: 400")
    for [ "\xff", 'a byte that is never UTF-8' ],
    [ "\xc0\x80", 'an overlong NUL' ],
    [ "\xed\xa0\x80", 'a surrogate' ],
    [ "\0", 'a raw NUL' ],
    [ "\r\n", 'a raw line feed' ];
is(@{ alerts($int) }, $count, 'nothing of that was stored');

done_testing;
