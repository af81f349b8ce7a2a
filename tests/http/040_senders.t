#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The literal bodies of senders in the wild, in the order they send them.
use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Http;
use JSON::PP ();
use Psql;
use Test::More;
use World front => 'lighttpd-spawn';

# Send bodies in turn; each line of the file is an outcome and a body.
sub play
{
    my ($int, $sender, $file) = @_;
    my $n = 0;
    open my $script, '<', "$FindBin::Bin/senders/$file.txt"
        or die "no bodies of $sender: $!\n";
    while (my $line = <$script>) {
        chomp $line;
        my ($outcome, $body) = $line =~ /^(\w+(?: \w+)?): (.*)$/
            or die "no outcome: $line";
        $n++;
        accepted(post($int, $body), $outcome, "$sender, body $n: $outcome");
    }
}

my $int = integration();
play($int, 'Apprise', 'apprise');
my ($disk, $uuid) = @{ alerts($int) };
is($disk->{description},
    '/var is 97% full – “quotes” & emoji 😀 / slash',
    'its escapes are read');
is($disk->{urgency}, 'silent', 'its urgency is kept');
is($disk->{status}, 'resolved', 'its alert is resolved');
ok($uuid->{incident}, 'its "true" is true');
is($uuid->{incident_severity}, 'SEV-1', 'with its severity');

$int = integration();
play($int, 'Uptime Kuma', 'uptime-kuma');
my $web = alerts($int, '7')->[0];
is($web->{title}, 'Uptime Kuma Monitor "web" is DOWN', 'its title');
is($web->{description}, '', 'it has no description');
is($web->{status}, 'resolved', 'its alert is resolved');

$int = integration();
play($int, 'a PHP sender', 'php');
is(alerts($int)->[0]{description},
    'see https://example.org/a/b', 'its slashes are slashes');

play($int, 'others', 'others');

# PagerTree's own adapter: what its tests expect, case by case.
my %full = (
    event_type => 'create',
    Id => 'example-id-123',
    Title => 'Example Incident Title',
    Description => 'Example Incident Description',
    Urgency => 'critical',
    Tags => [qw(a b c c)],
    Meta => {
        incident => JSON::PP::true,
        incident_severity => 'sev-1',
        incident_message => 'Please join conference bridge',
        kube_pod_name => 'example-pod-name'
    },
    dedup_keys => ['group_my_whole_account']);

# Events of each type in turn, wrapped by a function: created, acknowledged,
# resolved, refused.
sub each_type
{
    my ($integration, $name, $wrap) = @_;
    my @cases = (
        [ create => 'created' ],
        [ acknowledge => 'acknowledged' ],
        [ resolve => 'resolved' ],
        [ baaad => undef ]);
    for (@cases) {
        my ($type, $outcome) = @$_;
        my $answer = post($integration,
            $wrap->({ %full, event_type => $type }));
        is($answer->{status}, defined $outcome ? 200 : 422, "$name: $type");
        is($answer->{json}{outcome}, $outcome, "$name: what becomes of it");
    }
}

$int = integration();
each_type($int, 'an event', sub { $_[0] });
my $example = alerts($int, 'example-id-123')->[0];
is($example->{title}, 'Example Incident Title', 'its Title');
is($example->{description}, 'Example Incident Description',
    'its Description');
is($example->{urgency}, 'critical', 'its Urgency');
is_deeply(
    value(
        'select to_json(dedup_keys) from tocsin_internal.alert'
            . " where integration_id = :'id'", id => $int),
    ['group_my_whole_account'],
    'its dedup_keys');
ok($example->{incident}, 'it is an incident');
is($example->{incident_severity}, 'SEV-1', 'its severity');
is($example->{incident_message}, 'Please join conference bridge',
    'its message');
is_deeply($example->{tags}, [qw(a b c)], 'its Tags, each once');
is_deeply($example->{meta}, { kube_pod_name => 'example-pod-name' },
    'the rest of its Meta');
is($example->{additional_data}, undef, 'and no more');

$int = integration(capture => 1);
post($int, { %full, joe => 'bob' });
is_deeply(
    alerts($int)->[0]{additional_data},
    [ { format => 'text', label => 'joe', value => 'bob' } ],
    'additional data is captured where that is wanted');
$int = integration(token => 'abc123');
is(post($int, \%full, headers => [ 'pagertree-token' => '' ])->{status},
    403, 'an empty token is refused');
is(post($int, \%full, headers => [ 'pagertree-token' => 'abc123' ])->{status},
    200, 'the right one is taken');

each_type(integration(wrapper => '/jkl'), 'wrapper key jkl',
    sub { { jkl => $_[0] } });
each_type(integration(wrapper => '/abc/jkl'), 'wrapper key abc.jkl',
    sub { { abc => { jkl => $_[0] } } });
each_type(integration(wrapper => '/abc/jkl'), 'the same, in a string',
    sub { { abc => { jkl => json($_[0]) } } });
accepted(post(integration(wrapper => '/nonexistent/path'), \%full),
    'created', 'a wrapper key that is not there is passed over');
problem(
    post(integration(wrapper => '/array_key'),
        { array_key => [qw(not a hash)] }),
    422, undef, 'one that is no object, too: then there is no event');
$int = integration(wrapper => '/jkl');
my $batch = post($int, [ map { { jkl => { %full, Id => $_ } } } 1, 2 ]);
is_deeply([ map { $_->{outcome} } @{ $batch->{json}{results} } ],
    [qw(created created)], 'each item of a batch may be wrapped');

done_testing;
