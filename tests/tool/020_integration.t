#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin integration makes, shows and changes integrations; a token is shown
# once and stored nowhere.
use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'own';
use Run qw(:DEFAULT operator);
use Time::HiRes qw(sleep);

my $row = 'select to_json(i) from tocsin_internal.integration i'
    . " where integration_id = :'id'";

# The row as it is stored, its hash in hexadecimal.
sub stored
{
    my ($id) = @_;
    my $i = JSON::PP->new->utf8->decode(sql($row, id => $id));
    for (qw(token_hash previous_token_hash)) {
        $i->{$_} =~ s/^\\x// if defined $i->{$_};
    }
    return $i;
}

sub add
{
    my @options = @_;
    return json_of(tocsin('integration', 'add', @options, '--json'));
}

# For people.
my $run = tocsin('integration', 'add', 'disk watch');
says($run, qr/^name +disk watch$/m, 'add says the name');
like($run->{out}, qr/^id +int_[A-Za-z0-9]{9,12}$/m, 'add says the id');
like($run->{out}, qr{^path +/integration/int_\w+$}m, 'add says the path');
unlike($run->{out}, qr/^token|pagertree-token/m,
    'no token is made unless asked for');
is($run->{err}, '', 'add without a token warns of nothing');
$run = tocsin('integration', 'add', 'x', '--token');
my ($token) = $run->{out} =~ /^token +(\S+)$/m;
like($token, qr/^[0-9a-f]{32}$/, 'a token has 16 random bytes');
like($run->{out}, qr/-H 'pagertree-token: \Q$token\E'/,
    'the line to try has the token');
like($run->{err}, qr/shown only once/, 'the token is said to be shown once');

# For programs.
my $plain = add('plain');
is_deeply(
    [ @$plain{qw(name enabled has_token capture_additional_data token)},
        "$plain->{default_urgency} $plain->{path}" ],
    [ 'plain', JSON::PP::true, JSON::PP::false, JSON::PP::false, undef,
        "medium /integration/$plain->{integration_id}" ],
    'an integration as JSON has its defaults');
like($plain->{created_at}, qr/^20\d\d-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d$/,
    'times in JSON are those of RFC 3339');
my $made = add('made', '--token');
is(stored($made->{integration_id})->{token_hash},
    sha256_hex($made->{token}), 'the SHA-256 of the token is stored');
my $second = add('made', '--token');
isnt($second->{token}, $made->{token}, 'every token made is another');
isnt($second->{integration_id}, $made->{integration_id},
    'a name may be given twice');
$run = tocsin('integration', 'add', 'made', '--json');
like($run->{err},
    qr/^tocsin:\ another\ integration\ has\ this\ name:
        \ (?:$made->{integration_id}|$second->{integration_id})\n/mx,
    'but that is told, with the id of one that has it');
my $twins = tocsin('check');
is($twins->{status}, 0, 'check takes that for no failure');
like($twins->{out},
    qr/^warn +names +int_\w+ and int_\w+ have the same name, "made"$/m,
    'but tells it');
unlike(tocsin('-d', 'user=tocsin_web', 'check')->{out}, qr/names/,
    'though not to a role that may not list integrations');
operator('integration', 'disable', $_->{integration_id})
    for $made, $second;
unlike(tocsin('check')->{out}, qr/names/, 'nor of those that are disabled');
like(add('cell', '--prefix', 'a')->{integration_id},
    qr/^int_a_[A-Za-z0-9]{12}$/, 'an id can have a prefix');
refuses(tocsin(qw(integration add cell --prefix A)), 1,
    qr/'A' cannot be the prefix of an id/, 'but not any');
my $given = add('given', '--token=s3cret-T0ken', '--capture', '--urgency',
    'high', '--url', 'https://alerts.example.org/');
is(stored($given->{integration_id})->{token_hash},
    sha256_hex('s3cret-T0ken'), 'a token of the operator is taken');
is($given->{default_urgency}, 'high', 'the urgency is taken');
ok($given->{capture_additional_data}, 'members can be captured');
like($given->{curl},
    qr{'https://alerts\.example\.org/integration/int_\w+'$},
    'the line to try goes to the URL that was given');
for ([ "from-stdin\n" => 'line' ], [ "from-stdin\r\nmore\n" => 'line of DOS' ],
    [ 'from-stdin' => 'line without an end' ])
{
    my ($in, $name) = @$_;
    my $read = json_of(
        tocsin({ in => $in }, qw(integration add x --token=- --json)));
    is(stored($read->{integration_id})->{token_hash},
        sha256_hex('from-stdin'), "a token is read from a $name");
}
my $based = json_of(
    tocsin(qw(-o base_path=/alerts integration add x --json)));
is($based->{path}, "/alerts/integration/$based->{integration_id}",
    'the path begins with the base path of the configuration');

# The line to try is one the shell takes apart as it was meant.
my $odd = add('odd', q{--token=it's"$HOME"`id`\\});
write_file('curl', qq{#!/bin/sh\nprintf '%s\\n' "\$@"\n}, 0700);
$run = tocsin({ program => 'sh', env => { PATH => "$DIR:$ENV{PATH}" } },
    '-c', $odd->{curl});
like($run->{out}, qr/^pagertree-token: it's"\$HOME"`id`\\$/m,
    'the shell changes nothing of a token in the line to try');
like($run->{out}, qr/^-fsS\n-m\n10\n--retry\n5\n/,
    'the line to try fails loudly, ends, and tries again');

# What cannot be a token.
for ([ '', 'empty' ], [ 'a b', 'with a space' ], [ "a\tb", 'with a tab' ],
    [ "caf\xc3\xa9", 'beyond ASCII' ], [ 'x' x 1025, 'over 1024 bytes' ])
{
    my ($bad, $name) = @$_;
    refuses(tocsin('integration', 'add', 'x', "--token=$bad"),
        2, qr/^tocsin: a token /, "a token $name is refused");
}
is(length add('long', '--token=' . 'x' x 1024)->{token}, 1024,
    'a token of 1024 bytes is taken');
refuses(
    tocsin({ in => "a\0b\n" }, qw(integration add x --token=-)),
    2, qr/^tocsin: a token /, 'a token with a NUL in it is refused');
refuses(tocsin(qw(integration add x --token mine)), 2,
    qr/one NAME.*--token=-/s, 'a token after a space is told where it belongs');

# Values that the database refuses.
refuses(tocsin(qw(integration add x --urgency hgih)), 1,
    qr/no urgency 'hgih' \(Use silent, low/,
    'an urgency that does not exist is refused with the hint');
refuses(tocsin('integration', 'add', ' '), 1, qr/1 to 255 characters/,
    'a blank name is refused');
refuses(tocsin('integration', 'show', 'int_none'), 1,
    qr/no integration 'int_none'/, 'show of no such integration');
refuses(tocsin(qw(integration rotate-token int_none)), 1,
    qr/no integration 'int_none'/, 'rotate-token of no such integration');
refuses(tocsin(qw(integration disable int_none)), 1,
    qr/no integration 'int_none'/, 'disable of no such integration');

# Show, disable, enable.
my $id = $given->{integration_id};
says(tocsin('integration', 'show', $id), qr/^default urgency +high$/m,
    'show tells the urgency');
my $shown = json_of(tocsin('integration', 'show', $id, '--json'));
ok(!exists $shown->{token} && $shown->{has_token},
    'show tells that there is a token and not which');
says(tocsin('integration', 'disable', $id), qr/^enabled +no$/m,
    'disable keeps webhooks out');
is(stored($id)->{enabled}, JSON::PP::false, 'disabled is stored');
says(tocsin('integration', 'enable', $id), qr/^enabled +yes$/m,
    'enable lets them in again');

# Rotation.
my $before = stored($id)->{token_hash};
my $new = json_of(tocsin('integration', 'rotate-token', $id, '--json'));
is(stored($id)->{token_hash}, sha256_hex($new->{token}),
    'rotate-token makes a new token');
is(stored($id)->{previous_token_hash}, undef,
    'without a grace the token before ends at once');
json_of(tocsin('integration', 'rotate-token', $id, '--token=next', '--grace',
    '24h', '--json'));
is(stored($id)->{previous_token_hash}, sha256_hex($new->{token}),
    'with a grace the token before stays good');
is(
    sql('select previous_token_expires_at - now() between'
            . " interval '23:59' and interval '24:00'"
            . ' from tocsin_internal.integration'
            . " where integration_id = :'id'", id => $id),
    't', 'a grace of 24h ends in a day');
says(tocsin('integration', 'show', $id), qr/^previous token until +20/m,
    'show tells until when the token before is good');
for my $grace (qw(90s 15m 7d 0 366d)) {
    is(tocsin('integration', 'rotate-token', $id, '--grace', $grace)->{status},
        0, "a grace of $grace is taken");
}
for my $grace ('', '1', '-1h', '1.5h', '1x', '24hours', '367d',
    '99999999999999999999d', ' 1h')
{
    refuses(
        tocsin('integration', 'rotate-token', $id, '--grace', $grace),
        2, qr/--grace must be/, "a grace of \"$grace\" is refused");
}
says(tocsin('integration', 'rotate-token', $id, '--none'),
    qr/^has token +no$/m, 'with --none no token is asked for');
is(stored($id)->{token_hash}, undef, 'and no hash is stored');
refuses(tocsin('integration', 'rotate-token', $id, '--none', '--token'), 2,
    qr/--none cannot be used/, '--none and --token contradict each other');

# Lists, and names that would drive a terminal.
add("evil\e[31m\n\xc2\x9bname \xc3\xa9");
$run = tocsin('integration', 'list');
says($run, qr/^ID +NAME +ENABLED +TOKEN +OPEN +ACKNOWLEDGED +LAST EVENT\n/,
    'the list has a heading');
like($run->{out}, qr/evil\\x1b\[31m\\x0a\\xc2\\x9bname \xc3\xa9  /,
    'control characters of a name are shown, letters are themselves');
unlike($run->{out}, qr/[^\n\x20-\x7e\xc3\xa9]/, 'nothing else is in the list');
my $list = json_of(tocsin(qw(integration list --json)));
is(scalar @$list, sql('select count(*) from tocsin_internal.integration'),
    'the JSON list has all integrations');
is_deeply([ grep { /evil/ } map { $_->{name} } @$list ],
    ["evil\e[31m\n\x{9b}name \x{e9}"], 'a name in JSON is itself');
unlike(tocsin(qw(integration list --json))->{out},
    qr/[^\n\x20-\x7e\xc3\xa9]/, 'JSON does not drive a terminal either');

# Where a token could be seen.
sub waiting_for_the_table
{
    return sql('select count(*) from pg_locks where not granted'
            . " and relation = 'tocsin_internal.integration'::regclass");
}
my $lock = start({ program => 'psql',
        in => "begin; lock table tocsin_internal.integration;\n"
            . "select pg_sleep(60);\n" }, '-XAtq');
sleep 0.05 until sql('select count(*) from pg_locks where granted'
    . " and mode = 'AccessExclusiveLock'"
    . " and relation = 'tocsin_internal.integration'::regclass");
my $hidden = start('-d', "dbname=tocsin password=geheim",
    qw(integration add hidden --token=seen-by-ps));
sleep 0.05 until waiting_for_the_table();
open my $file, '<', "/proc/$hidden->{pid}/cmdline" or die "no process: $!\n";
my $seen = do { local $/; <$file> };
close $file;
like($seen, qr/integration\0add\0hidden\0/, 'the command line can be seen');
unlike($seen, qr/seen-by-ps|geheim/,
    'neither token nor password can be seen in it');
is(sql("select count(*) from pg_stat_activity where query ~ 'seen-by-p[s]'"),
    '0', 'the database is not told the token');
sql('select pg_terminate_backend(pid) from pg_stat_activity'
        . " where query ~ 'pg_slee[p]'");
finish($lock);
says(finish($hidden), qr/^token +seen-by-ps$/m,
    'the call goes on when the lock is gone');
my $dump = tocsin({ program => 'pg_dump' }, '--inserts', 'tocsin');
like($dump->{out}, qr/disk watch/, 'the dump has the integrations');
for my $secret ($token, 's3cret-T0ken', 'from-stdin', $new->{token}) {
    ok(index($dump->{out}, $secret) < 0, 'no token is in a dump: '
            . substr $secret, 0, 4);
}

# A token that could not be shown is lost.
$run = tocsin({ program => 'sh' }, '-c',
    "'$PROGRAM' integration add full --token >/dev/full");
refuses($run, 1, qr/could not write the output: No space left/,
    'a full disk under the output is told');

# What a sender speaks.
my $kuma = add('kuma', qw(--dialect uptime-kuma --wrapper-key data.event));
is_deeply([ @$kuma{qw(dialect wrapper_key)} ],
    [qw(uptime-kuma /data/event)],
    'a dialect is kept, and a wrapper key as a pointer');
is_deeply([ @{ stored($kuma->{integration_id}) }{qw(dialect wrapper_key)} ],
    [qw(uptime-kuma /data/event)], 'in the database');
is_deeply([ @$plain{qw(dialect wrapper_key)} ],
    [ undef, undef ], 'who gives none has none');
my ($listed) = grep { $_->{integration_id} eq $kuma->{integration_id} }
    @{ json_of(tocsin(qw(integration list --json))) };
is("$listed->{dialect} $listed->{wrapper_key}", 'uptime-kuma /data/event',
    'the list has them');
$run = tocsin('integration', 'show', $kuma->{integration_id});
says($run, qr{^path +/integration/int_\w+/uptime-kuma$}m,
    'show has the path for the dialect');
says($run, qr{^wrapper key +/data/event$}m, 'and the wrapper key');
says(tocsin('integration', 'rotate-token', $kuma->{integration_id}),
    qr{ -d '\{"heartbeat".*/uptime-kuma'$}m,
    'a new token comes with an example for it');
for ([ [qw(--wrapper-key a)], 'uptime-kuma', '/a', 'the wrapper key' ],
    [ [qw(--wrapper-key /b/c)], 'uptime-kuma', '/b/c', 'as a pointer' ],
    [ [qw(--dialect sns)], 'sns', '/b/c', 'the dialect' ],
    [ [qw(--dialect= --wrapper-key=)], undef, undef, 'to none' ])
{
    my ($options, @want) = @$_;
    my $fact = pop @want;
    my $now = json_of(
        tocsin('integration', 'set', $kuma->{integration_id}, @$options,
            '--json'));
    is_deeply([ @$now{qw(dialect wrapper_key)} ],
        \@want, "set changes $fact");
}
refuses(tocsin(qw(integration set int_none)), 1,
    qr/no integration 'int_none'/, 'set of no such integration');
refuses(tocsin(qw(integration add x --wrapper-key a..b)), 1,
    qr{no pointer to a member \(Use a JSON pointer},
    'a wrapper key that is none is refused with the hint');
refuses(tocsin('integration', 'set', $kuma->{integration_id},
        '--dialect', 'nosuch'),
    2, qr/there is no dialect "nosuch"/, 'and so is a dialect');

# Usage.
for ([ [qw(add)], qr/one NAME/ ], [ [qw(add a b)], qr/one NAME/ ],
    [ [qw(list x)], qr/no arguments/ ], [ [qw(list --token)], qr/no --token/ ],
    [ [qw(show x --grace 1h)], qr/no --grace/ ],
    [ [qw(enable)], qr/one ID/ ], [ [qw(show --nonsense x)], qr/unrecognized/ ],
    [ [], qr/^usage: / ], [ ['drop'], qr/^usage: / ])
{
    my ($words, $pattern) = @$_;
    refuses(tocsin('integration', @$words), 2, $pattern,
        "usage: integration @$words");
}

# Not everybody may.
refuses(tocsin('-d', 'user=tocsin_web', qw(integration list)), 6,
    qr/permission denied for function integration_list.*-d/,
    'the role of the responder may not look at integrations');
refuses(tocsin('-d', 'user=tocsin_reader', qw(integration list)), 6,
    qr/permission denied/, 'the role of dashboards may not either');

# For a sender that speaks a dialect.
$run = tocsin(qw(integration add PD --dialect pagerduty --token));
says($run, qr{^path +/integration/int_\w+/pagerduty$}m,
    'the dialect in the path');
says($run, qr/^put the path into +\S/m, 'where to put it');
says($run, qr{^put the token into .*member /routing_key of the body}m,
    'and the token');
my ($secret) = $run->{out} =~ /^token +([0-9a-f]{32})$/m;
ok($secret, 'a token like a routing key');
says($run, qr/"routing_key":"\Q$secret\E"/, 'which stands in the example');
says(tocsin(qw(integration add AM --dialect opsgenie)),
    qr{/opsgenie/v2/alerts'$}m, 'an example knows the path');
says(tocsin(qw(integration add N --dialect nagios)),
    qr/ -d 'type=PROBLEM&/, 'and a form');
my $count = sql('select count(*) from tocsin_internal.integration');
my $failed = tocsin(qw(integration add X --dialect nosuch));
is($failed->{status}, 2, 'a dialect that is none is a mistake');
is(sql('select count(*) from tocsin_internal.integration'),
    $count, 'which adds nothing');

done_testing();
