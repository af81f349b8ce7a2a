#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin send takes an event through the same function as a webhook, in the
# operator's name.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'any';
use Run;

my $uuid = qr/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

sub integration
{
    return json_of(tocsin('integration', 'add', 'by hand', '--json', @_))
        ->{integration_id};
}

sub rows
{
    my ($sql, %o) = @_;
    return JSON::PP->new->utf8->decode(
        sql("select coalesce(json_agg(q), '[]') from ($sql) q", %o));
}

# A whole life.
my $int = integration('--token');
my $run = tocsin('send', 'create', $int, qw(--id disk-db1 --urgency high),
    '--title', 'Disk full', '--description', "97 %\nof /var", qw(--tag prod),
    '--tag', 'a,b "c" {d}');
says($run, qr/^outcome +created$/m, 'create says that an alert was created');
like($run->{out}, qr/^alert +$uuid$/m, 'the receipt has the alert');
like($run->{out}, qr/^event +$uuid$/m, 'the receipt has the event');
like($run->{out}, qr/^Id +disk-db1$/m, 'the receipt has the Id');
is($run->{err}, '', 'and nothing else is said');
my $alert = rows('select * from tocsin.alerts where integration_id = '
        . ":'i'", i => $int)->[0];
is_deeply(
    [ @$alert{qw(title description urgency tags external_id status)} ],
    [ 'Disk full', "97 %\nof /var", 'high', [ 'prod', 'a,b "c" {d}' ],
        'disk-db1', 'open' ],
    'every option arrives as it was given');
my $again = json_of(tocsin('send', 'create', $int, qw(--id disk-db1 --title x),
    '--json'));
is_deeply(
    [ @$again{qw(outcome reason alert_id status Id)} ],
    [ 'duplicate', undef, $again->{alert_id}, 'open', 'disk-db1' ],
    'the receipt as JSON is that of the webhook');
like($run->{out}, qr/^alert +\Q$again->{alert_id}\E$/m,
    'a second create is of the same alert');
says(tocsin('send', 'acknowledge', $int, '--id', 'disk-db1'),
    qr/^status +acknowledged$/m, 'acknowledge acknowledges');
says(tocsin('send', 'resolve', $int, '--id', 'disk-db1'),
    qr/^status +resolved$/m, 'resolve resolves');
says(tocsin('send', 'resolve', $int, '--id', 'disk-db1'),
    qr/^outcome +ignored\nreason +already_resolved$/m,
    'what changes nothing says why, and is no failure');
is(
    sql("select string_agg(distinct source::text, ',')"
            . " from tocsin_internal.event where integration_id = :'i'",
        i => $int),
    'operator', 'the event log names the operator, and asked for no token');
my $made = json_of(tocsin('send', 'create', $int, '--title', 'y', '--json'));
like($made->{Id}, qr/^$uuid$/, 'a create without an Id is given one');
is(json_of(tocsin('send', 'resolve', $int, '--id', $made->{Id}, '--json'))
        ->{status}, 'resolved', 'that Id can be resolved');

# Text from anywhere.
my $hostile = "evil\e[31m \xc2\x9b \xe2\x80\xae";
$run = tocsin('send', 'create', $int, '--title', $hostile, '--id', $hostile);
says($run, qr/^Id +evil\\x1b\[31m \\xc2\\x9b \\xe2\\x80\\xae$/m,
    'control characters of an Id do not reach the terminal');
my $json = tocsin('send', 'create', $int, '--title', 'x', '--id', $hostile,
    '--json');
like($json->{out}, qr/"evil\\u001b\[31m \\u009b \\u202e"/,
    'nor do they as JSON');
is(json_of($json)->{Id}, "evil\e[31m \x{9b} \x{202e}", 'JSON gives them back');
is(
    sql("select title from tocsin.alerts where integration_id = :'i'"
            . " and external_id = :'x'", i => $int, x => $hostile),
    $hostile, 'stored they are as they were given');
$run = tocsin('send', 'create', $int, '--title', 'x' x 1025);
says($run, qr/^outcome +created$/m, 'a title that is too long is taken');
like($run->{err}, qr/changed to fit: truncated/, 'and said to be cut');
says(tocsin('send', 'create', $int, '--title', 'x', '--id', 'i' x 1024),
    qr/^Id +i{1024}$/m, 'an Id of 1024 bytes is taken');

# What is refused, and what to do about it.
my $before = sql('select count(*) from tocsin_internal.event');
refuses(tocsin('send', 'create', $int, '--title', 'x', '--id', 'i' x 1025),
    1, qr/^tocsin: --id: /, 'an Id of 1025 bytes is refused');
refuses(tocsin('send', 'create', $int), 1, qr/^tocsin: --title: /,
    'a create without a title is refused');
refuses(tocsin('send', 'create', $int, '--title', " \t"), 1,
    qr/^tocsin: --title: /, 'a blank title is refused');
refuses(tocsin('send', 'resolve', $int), 1, qr/^tocsin: --id: /,
    'a resolve without an Id is refused');
refuses(tocsin('send', 'create', $int, '--title', "\xff"), 1, qr/UTF-8/,
    'bytes that are not UTF-8 are refused');
refuses(tocsin('send', 'create', $int, '--title', 'x', '--urgency', 'hgih'),
    2, qr/--urgency must be silent, low/, 'an odd urgency is refused');
refuses(tocsin('send', 'create', 'int_none', '--title', 'x', '--json'), 1,
    qr/no integration "int_none": see tocsin integration list/,
    'an integration that does not exist is told');
tocsin('integration', 'disable', $int);
refuses(tocsin('send', 'create', $int, '--title', 'x'), 1,
    qr/disabled: tocsin integration enable \Q$int\E/,
    'a disabled integration is told, and how to enable it');
tocsin('integration', 'enable', $int);
refuses(tocsin('-d', 'host=/nonexistent', 'send', 'create', $int, '--title',
        'x'), 4, qr{/nonexistent}, 'without a server the event is not sent');
is(sql('select count(*) from tocsin_internal.event'), $before,
    'of all these nothing was stored');

# The roles.
says(tocsin('-d', 'user=tocsin_web', 'send', 'create', $int, '--title', 'x'),
    qr/created/, 'the role of the responder may send');
refuses(tocsin('-d', 'user=tocsin_reader', 'send', 'create', $int, '--title',
        'x'), 6, qr/permission denied/, 'the role of dashboards may not');

# Usage.
for ([ [], qr/^usage: / ], [ ['--json'], qr/^usage: / ],
    [ ['drop', $int], qr/create, acknowledge or resolve/ ],
    [ ['create'], qr/one INTEGRATION/ ],
    [ [ 'create', $int, 'x' ], qr/one INTEGRATION/ ],
    [ [ 'resolve', $int, '--title', 'x' ], qr/resolve takes no --title/ ],
    [ [ 'acknowledge', $int, '--tag', 'x' ], qr/takes no --tag/ ],
    [ [ 'create', $int, '--colour', 'x' ], qr/unrecognized option/ ],
    [ [ 'create', $int, '--title' ], qr/requires an argument/ ])
{
    my ($words, $pattern) = @$_;
    refuses(tocsin('send', @$words), 2, $pattern, "usage: send @$words");
}

done_testing();
