#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin heartbeat adds, shows and changes heartbeats; check tells when nobody
# looks after them, and maintain does.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'own';
use Run;

sub beat
{
    my @words = @_;
    return json_of(tocsin('heartbeat', @words, '--json'));
}

my @times = qw(--every 1d --grace 1h);
says(tocsin('check'), qr/^ok /m, 'all is well');
unlike(tocsin('check')->{out}, qr/\btick\b/,
    'where there are no heartbeats nobody has to look');

# Add.
my $run = tocsin('heartbeat', 'add', 'backup', @times, '--url',
    'https://example.org/', '--tag', 'a "b\\', '--tag', 'c');
says($run, qr/^name +backup$/m, 'add says the name');
my ($id) = $run->{out} =~ /^integration +(int_\w+)$/m;
my $url = "https://example.org/integration/$id/heartbeat/backup";
my $curl = "curl -fsS -m 10 --retry 5 -o /dev/null -X POST '$url'";
like($run->{out}, qr/^URL +\Q$url\E$/m, 'the URL');
like($run->{out}, qr/^ping it +\Q$curl\E$/m, 'the command that pings');
like($run->{out}, qr/^in a crontab +\@daily COMMAND && \Q$curl\E$/m,
    'and a line for cron');
like($run->{out}, qr/^status +new$/m, 'it is new');
is(sql("select tags::text from tocsin_internal.heartbeat"), '{"a \\"b\\\\",c}',
    'tags are stored as they were given');
is(beat('add', 'other', @times)->{integration_id}, $id,
    'the next one goes to the same integration');
is(sql("select name from tocsin_internal.integration"), 'heartbeats',
    'which was made for them');
my $token = json_of(tocsin(qw(integration add guarded --token --json)));
my $mine = $token->{integration_id};
like(beat('add', 'backup', qw(--every 30m --grace 90s --integration), $mine)
        ->{crontab},
    qr{^\*/15 \* \* \* \* COMMAND && curl .*-H 'pagertree-token: TOKEN' '},
    'where a token is required, it has its place');
my $dog = beat('add', 'dog', @times, '--integration', $mine, '--id',
    'Watchdog', '--wait', '--urgency', 'critical');
is_deeply([ @$dog{qw(heard_by heard_id urgency status due_at curl)} ],
    [ 'id', 'Watchdog', 'critical', 'new', undef, undef ],
    'one that other events ping waits for them');
is(beat('add', 'all', @times, '--integration', $mine, '--any')->{heard_by},
    'any', 'or all of them');

# What is refused.
for (
    [ 1, qr/has a heartbeat 'backup' already/, 'backup', @times ],
    [ 1, qr/'a b' cannot be the name/, 'a b', @times ],
    [ 1, qr/no urgency 'loud'/, 'x', @times, '--urgency', 'loud' ],
    [ 1, qr/no integration 'int_x'/, 'x', @times, '--integration', 'int_x' ],
    [ 1, qr/10 seconds to 400 days/, 'x', qw(--every 9s --grace 1h) ],
    [ 2, qr/--every must be a time up to 400d/, 'x', '--every', '401d' ],
    [ 2, qr/--grace must be a time/, 'x', '--grace', 'soon' ],
    [ 2, qr/needs --every and --grace/, 'x', '--every', '1d' ],
    [ 2, qr/--any cannot be used with --id/, 'x', @times, qw(--any --id y) ],
    [ 2, qr/--any needs an --integration/, 'x', @times, '--any' ],
    [ 2, qr/takes one NAME/, @times ])
{
    my ($status, $says, @words) = @$_;
    refuses(tocsin('heartbeat', 'add', @words), $status, $says, "add @words");
}
refuses(tocsin('heartbeat', @$_), 2, qr/^usage: tocsin heartbeat/,
    "heartbeat @$_") for [], ['sing'];
refuses(tocsin('heartbeat', 'pause', 'backup', '--wait'), 2,
    qr/pause takes no --wait/, 'an option of another command');
refuses(tocsin('heartbeat', 'list', 'x'), 2, qr/takes no arguments/,
    'list takes no name');
refuses(tocsin('heartbeat', 'show', 'nobody'), 1, qr/no heartbeat 'nobody'/,
    'an unknown name');
refuses(tocsin('heartbeat', 'show', 'backup'), 1,
    qr/2 integrations have a heartbeat 'backup'/, 'a name that two have');
refuses(tocsin('-d', 'dbname=tocsin user=tocsin_web', qw(heartbeat list)), 6,
    qr/permission denied/, 'the responder may not list them');

# Look at them.
is_deeply([ sort map { "$_->{name} $_->{every}" } @{ beat('list') } ],
    [ 'all 1d', 'backup 1d', 'backup 30m', 'dog 1d', 'other 1d' ],
    'list as JSON');
says(tocsin('heartbeat', 'list'), qr/^NAME +INTEGRATION +STATUS +EVERY/,
    'list for people');
is(beat('show', 'backup', '--integration', $mine)->{period_seconds}, 1800,
    'one of them');

# Change them.
is(beat('ping', 'other')->{status}, 'up', 'ping');
is(beat('pause', 'other')->{status}, 'paused', 'pause');
is(beat('resume', 'other')->{status}, 'new', 'resume');
is(beat('remove', 'other')->{name}, 'other', 'remove');
refuses(tocsin('heartbeat', 'remove', 'other'), 1, qr/no heartbeat/,
    'it is gone');

# Who looks.
like(tocsin('check')->{out},
    qr/tick +tick has never run, but is needed for 4 heartbeats:/,
    'check tells that nobody ticks');
is(tocsin('check')->{status}, 0, 'which does not stop events');
says(tocsin('maintain'), qr/partitions/, 'maintain ticks');
like(tocsin('check')->{out}, qr/^ok +tick +tick runs for 4 heartbeats$/m,
    'and check is content');

done_testing();
