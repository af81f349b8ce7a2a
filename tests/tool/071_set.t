#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin set changes settings; tocsin format lists and adds formats; tocsin
# demo-data makes a history to look at, and takes it away again.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'any';
use Run;

sub setting
{
    return sql("select value from tocsin_internal.setting where name ='$_[0]'");
}

# Set.
is(setting('notify'), 'on', 'notify is on from the beginning');
says(tocsin(qw(set notify off)), qr/^notify is off, and was on before$/,
    'it can be turned off');
is(setting('notify'), 'off', 'and is');
says(tocsin(qw(set notify off)), qr/^notify is off, and was off before$/,
    'again changes nothing');
says(tocsin(qw(set notify on)), qr/^notify is on, and was off before$/,
    'and on');
refuses(tocsin(qw(set notify maybe)), 1, qr/cannot be set to 'maybe'/,
    'there is nothing in between');
refuses(tocsin(qw(set colour on)), 1, qr/no setting 'colour'/,
    'what does not exist is not set');
refuses(tocsin('set', $_, 'off'), 1, qr/no setting/, "nor is $_")
    for qw(board software_version migration);
refuses(tocsin('set', @$_), 2, qr/^usage: tocsin set/, 'misuse shows the usage')
    for [], ['notify'], [qw(notify on off)], [qw(--notify on)];
refuses(tocsin('-d', 'dbname=tocsin user=tocsin_web', qw(set notify off)), 6,
    qr/permission denied/, 'the responder sets nothing');
my $url = 'https://alerts.example.org/board';
says(tocsin('set', 'board_url', $url),
    qr/ is \Q$url\E, and was not set before$/, 'the board has a place');
is(setting('board_url'), $url, 'which is kept');
refuses(tocsin('set', 'board_url', $_), 1, qr/cannot be set to/, "not $_")
    for 'ftp://h', 'alerts.example.org', "$url?a=b", "$url#a",
    'https://h/<b>', 'https://user\@h/';
is(setting('board_url'), $url, 'and is still');
says(tocsin('set', 'board_url', ''), qr/was \Q$url\E before$/, 'or none');
is(setting('board_url'), '', 'then there is no such setting');

# Formats.
my @listed = @{ json_of(tocsin(qw(format list --json))) };
is((grep { $_->{is_builtin} } @listed), 13, 'thirteen formats are built in');
says(tocsin(qw(format list)), qr/^NAME +FOR +BUILT IN\n(?:.*\n)*slack +people/,
    'they are listed');
my $slack = tocsin(qw(format show slack));
is(json_of($slack)->{template}{text}, '{{summary}}', 'one is shown');
my $definition = write_file('definition', $slack->{out});
says(tocsin(qw(format add mine), $definition), qr/^added the format mine$/,
    'what is shown is taken');
is(tocsin(qw(format show mine))->{out}, $slack->{out}, 'and is the same');
refuses(tocsin(qw(format add slack), $definition), 1, qr/is built in/,
    'one built in is not replaced');
refuses(tocsin(qw(format add wrong), write_file('wrong', '{"template": ')), 1,
    qr/is invalid/, 'nor is what is no JSON');
refuses(tocsin(qw(format add wrong /nonexistent)), 1, qr/could not read/,
    'nor a file that is not there');
refuses(tocsin(qw(format add wrong), write_file('long', ' ' x 65537)), 1,
    qr/over 65536 bytes/, 'nor one that is too long');
refuses(tocsin(qw(format show nosuch)), 1, qr/no format 'nosuch'/,
    'what is not there is not shown');
says(tocsin(qw(format remove mine)), qr/^removed the format mine$/,
    'what was added is removed');
refuses(tocsin(qw(format remove mine)), 1, qr/no format 'mine'/, 'once');
refuses(tocsin(qw(format remove slack)), 1, qr/is built in/,
    'and no other');
refuses(tocsin('format', @$_), 2, qr/^usage: tocsin format/m,
    'misuse shows the usage')
    for [], ['show'], ['add'], ['remove'], [qw(list x)],
    [qw(show slack --json)], [qw(list --colour)];

# What init leaves for dashboards.
says(tocsin('init'), qr/in place$/, 'init notes');
my ($version) = tocsin('--version')->{out} =~ /([\d.]+)/;
is(sql('select software_version from tocsin.schema_info'), $version,
    'which release it was');

# The demonstration.
my $mine = json_of(tocsin(qw(integration add mine --json)))->{integration_id};
says(tocsin('send', 'create', $mine, '--title', 'Mine'), qr/created/,
    'there is an alert of before');
my $before = sql('select count(*) from tocsin.events');
refuses(tocsin('demo-data', @$_), 2, qr/usage|option|argument/,
    "demo-data @$_ is misuse")
    for ['now'], [qw(--days many)], [qw(--days -1)], ['--days'],
    [qw(--remove --days 3)], [qw(--seed 1x)], ['--forever'];
$_ = tocsin(qw(demo-data --days 61));
is($_->{status}, 1, 'there are sixty days at most');
like($_->{err}, qr/1 to 60 days/, 'as it says');
my $run = tocsin(qw(demo-data --days 2 --seed 3));
says($run, qr/^created 5 integrations, \d{2,} alerts, \d{3,} events$/,
    'two days are made');
my ($events) = $run->{out} =~ /(\d+) events/;
is(sql('select count(*) from tocsin.events') - $before, $events,
    'as many as it says');
$_ = tocsin('demo-data');
is($_->{status}, 1, 'a second demonstration is refused');
like($_->{err}, qr/already exists.*Remove it first/, 'with what to do');
my $removed = json_of(tocsin(qw(demo-data --remove --json)));
is($removed->{event_count}, $events, 'all of it is removed');
is($removed->{integration_count}, 5, 'and its integrations');
is(sql('select count(*) from tocsin.events'), $before,
    'and nothing of what was there before');
says(tocsin(qw(demo-data --remove)), qr/^removed 0 integrations/,
    'then there is nothing to remove');

# Whoever has enough of it ends the tool, and nothing half done stays.
my $asked = q{select count(*) from pg_stat_activity
    where state = 'active' and query like '%demo_data($1%'
      and pid <> pg_backend_pid()};
$run = start(qw(demo-data --days 60));
ok(defined World::await(30, sub { sql($asked) == 1 }), 'sixty days begin');
kill TERM => $run->{pid};
finish($run);
ok(defined World::await(30, sub { sql($asked) == 0 }),
    'the server gives them up when the tool is killed');
is(sql('select count(*) from tocsin_internal.integration where is_demo'), 0,
    'and nothing of them is there');

done_testing();
