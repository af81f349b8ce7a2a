#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What a create makes: each field of the protocol, as the sender gave it and
# as the alert has it.
use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

my $int = integration();
my $UUID = qr/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/;

# The seed's two examples.
my $first = post($int, <<'END');
{
  "event_type": "create",
  "Id": "example-id-122",
  "Title": "Example Incident Title",
  "Description": "Example Incident Description"
}
END
accepted($first, 'created', 'the short example creates an alert');
my $second = post($int, <<'END');
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
END
accepted($second, 'created', 'the long example creates an alert');
is($second->{headers}{'content-type'},
    'application/json', 'the answer is JSON');
is_deeply([ sort keys %{ $second->{json} } ],
    [qw(Id alert_id event_id outcome status)],
    'the answer has these members');
is($second->{json}{status}, 'open', 'the alert is open');
is($second->{json}{Id}, 'example-id-123', 'the answer repeats the Id');
like($second->{json}{alert_id}, $UUID, 'the alert has a UUIDv7');
like($second->{json}{event_id}, $UUID, 'the event has a UUIDv7');

my ($short, $long) = @{ alerts($int) };
is($long->{id}, $second->{json}{alert_id}, 'the alert has the id answered');
is($short->{title}, 'Example Incident Title', 'Title is the title');
is($short->{description}, 'Example Incident Description',
    'Description is the description');
is($short->{status}, 'open', 'it is open');
is($short->{urgency}, 'medium', 'its urgency is the default');
is_deeply($short->{tags}, [], 'no Tags are none');
is_deeply($short->{meta}, {}, 'no Meta is an empty one');
ok(!$short->{incident}, 'it is no incident');
is($short->{incident_severity}, undef, 'so it has no severity');
is($short->{duplicate_count}, 0, 'it has no duplicates');
is($short->{acknowledged_at}, undef, 'nobody has acknowledged it');
is_deeply($long->{tags}, [qw(a b c)], 'Tags are the tags');
is($long->{tags_text}, 'a,b,c', 'and a text with commas');
ok($long->{incident}, 'Meta.incident makes an incident');
is($long->{incident_severity}, 'SEV-1', 'with its severity');
is($long->{incident_message}, 'Please join conference bridge 1-800-123-4567',
    'with its message');
is_deeply($long->{meta}, {}, 'the three are no longer in meta');

# Create one alert and look at it.
my $n = 0;
sub created
{
    my (%event) = @_;
    my $id = 'field-' . ++$n;
    my $answer = create($int, Id => $id, %event);
    return { status_code => $answer->{status} } if $answer->{status} != 200;
    return alerts($int, $id)->[0];
}

accepted(
    post($int,
        '{"EVENT_TYPE":" Create ","ID":"mixed","tItLe":"T","DESCRIPTION":"D",'
            . '"TAGS":["x"],"META":{"Incident":true,"k":1}}'),
    'created',
    'keys are read in any case, event_type is trimmed and folded');
my $mixed = alerts($int, 'mixed')->[0];
is_deeply(
    [ @$mixed{qw(title description tags_text)} ],
    [qw(T D x)],
    'all of their values arrive');
ok(!$mixed->{incident}, 'keys inside Meta are case-sensitive');
is_deeply($mixed->{meta}, { Incident => $JSON->decode('true'), k => 1 },
    'and stay in meta');
accepted(post($int,
        '{"event_type":"create","TITLE":"first","Id":"last","title":"last"}'),
    'created', 'a key may come twice');
is(alerts($int, 'last')->[0]{title}, 'last', 'the last spelling wins');

# Title
is(created(Title => 4711)->{title}, '4711', 'a number is a title');
is(created(Title => $JSON->decode('true'))->{title},
    'true', 'a boolean is a title');
is(created(Title => '  two words ')->{title} =~ s/^ +| +$//gr,
    'two words', 'a title keeps its words');
my $cut = created(Title => 'ü' x 1025);
is($cut->{title}, 'ü' x 1024, 'a title is cut after 1024 characters');
is_deeply($cut->{flags}, ['truncated'], 'and flagged');
my $whole = created(Title => '𝄞' x 1024);
is($whole->{title}, '𝄞' x 1024, 'a title of 1024 characters is not cut');
is_deeply($whole->{flags}, [], 'nor flagged');

# Description
is(created(Description => undef)->{description}, '', 'null is empty');
is(created(Description => '<b>&amp;')->{description},
    '<b>&amp;', 'a description may hold HTML');
my $big = created(Description => 'ü' x 40_000);
is($big->{description}, 'ü' x 32_768,
    'a description is cut after 64 KiB, between characters');
is_deeply($big->{flags}, ['truncated'], 'and flagged');

# Tags
is_deeply(created(Tags => [qw(a b c c)])->{tags},
    [qw(a b c)], 'a tag comes once');
is_deeply(created(Tags => undef)->{tags}, [], 'null has no tags');
is_deeply(created(Tags => 'a,b')->{tags}, ['a,b'],
    'a text is one tag, commas or not');
is_deeply(created(Tags => 7)->{tags}, ['7'], 'a number is a tag');
is_deeply(
    created(Tags => [ 'z', '', ' ', ['n'], { o => 1 }, undef, 1, 'a' ])
        ->{tags},
    [qw(z 1 a)],
    'blank and nested tags are dropped, the order stays');
is_deeply(created(Tags => [ '"', '\\', '{}', 'NULL', 'a,b', 'ü' ])->{tags},
    [ '"', '\\', '{}', 'NULL', 'a,b', 'ü' ],
    'tags keep what means something to PostgreSQL');
my $many = created(Tags => [ 1 .. 65 ]);
is_deeply($many->{tags}, [ map { "$_" } 1 .. 64 ], '64 tags are kept');
is_deeply($many->{flags}, ['tags_dropped'], 'and the rest is flagged');
my $long_tag = created(Tags => [ 'ü' x 255, 'v' x 256, 'w' ]);
is_deeply($long_tag->{tags}, [ 'ü' x 255, 'w' ],
    'a tag of over 255 characters is dropped');
is_deeply($long_tag->{flags}, ['tags_dropped'], 'and flagged');

# Meta
is_deeply(created(Meta => undef)->{meta}, {}, 'null is no meta');
for my $odd ('"text"', '7', '[1]', 'true') {
    my $alert = created(Meta => $JSON->decode($odd));
    is_deeply([ @$alert{qw(meta flags)} ],
        [ {}, ['meta_ignored'] ], "a Meta of $odd is ignored and flagged");
}
my $deep = { a => [ { b => { c => [ 1, 'x', undef ] } } ], d => 'e' };
is_deeply(created(Meta => { %$deep, incident => 'no' })->{meta},
    $deep, 'what else is in Meta is kept');

for ([ true => 1 ], [ '"true"' => 1 ], [ '"True"' => 1 ], [ '"1"' => 1 ],
    [ '"t"' => 1 ], [ '"YES"' => 1 ], [ '"on"' => 1 ], [ 1 => 1 ],
    [ '0.5' => 1 ], [ '-1' => 1 ], [ '"maybe"' => 1 ],
    [ false => 0 ], [ 0 => 0 ], [ '0.0' => 0 ], [ '"0"' => 0 ],
    [ '"f"' => 0 ], [ '"FALSE"' => 0 ], [ '"no"' => 0 ], [ '"Off"' => 0 ],
    [ '""' => 0 ], [ null => 0 ])
{
    my ($value, $want) = @$_;
    my $id = "incident-" . ++$n;
    my $answer = post($int,
        qq({"event_type":"create","Id":"$id","Title":"t",)
            . qq("Meta":{"incident":$value}}));
    my $alert = alerts($int, $id)->[0];
    is($alert->{incident} ? 1 : 0,
        $want, "incident $value is " . ($want ? 'true' : 'false'));
}
for ([ 'SEV-1', 'SEV-1' ], [ ' sev-5 ', 'SEV-5' ],
    [ 'sev-unknown', 'SEV-UNKNOWN' ], [ 'SEV-6', 'SEV-UNKNOWN' ],
    [ 'high', 'SEV-UNKNOWN' ], [ 3, 'SEV-UNKNOWN' ])
{
    my ($given, $want) = @$_;
    is(
        created(Meta => { incident => 1, incident_severity => $given })
            ->{incident_severity},
        $want,
        "severity '$given' is $want");
}
my $unknown = created(Meta => { incident => 1 });
is($unknown->{incident_severity}, 'SEV-UNKNOWN',
    'an incident without a severity has SEV-UNKNOWN');
is_deeply($unknown->{flags}, ['severity_unknown'], 'and a flag');
is(
    created(Meta => { incident_severity => 'SEV-1' })->{incident_severity},
    undef, 'what is no incident has no severity');
is(
    created(Meta => { incident => 1, incident_severity => 'sev-2',
            incident_message => 'm' x 4097 })->{incident_message},
    'm' x 4096,
    'a message is cut after 4096 characters');

# urgency
is(created(urgency => $_->[0])->{urgency}, $_->[1],
    "urgency '$_->[0]' is $_->[1]")
    for [qw(silent silent)], [qw(low low)], [qw(medium medium)],
    [qw(high high)], [ ' CRITICAL ', 'critical' ], [qw(urgent medium)],
    [ 7, 'medium' ];
my $loud = integration(urgency => 'high');
create($loud, Id => 'u');
is(alerts($loud)->[0]{urgency}, 'high', 'else the integration has a default');

# A failing PagerTree sender loses nothing for members nobody knows.
my $plain = create($int, Id => 'extra', env => 'prod', nested => { a => 1 });
accepted($plain, 'created', 'other keys are allowed');
is(alerts($int, 'extra')->[0]{additional_data},
    undef, 'and dropped, if the integration does not capture them');
my $captures = integration(capture => 1);
post($captures,
    '{"event_type":"create","Title":"t","Id":"e","Env":"prod","n":1.50,'
        . '"b":true,"gone":null,"o":{"k": [1, 2]},"urgency":"low",'
        . '"dedup_keys":["k"],"pagertree_integration_id":"i","Tags":[]}');
is_deeply(
    alerts($captures)->[0]{additional_data},
    [
        { format => 'text', label => 'env', value => 'prod' },
        { format => 'text', label => 'n', value => '1.50' },
        { format => 'text', label => 'b', value => 'true' },
        { format => 'text', label => 'o', value => '{"k":[1,2]}' },
    ],
    'or kept in the order of the document');

done_testing;
