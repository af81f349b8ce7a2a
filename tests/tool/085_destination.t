#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# tocsin destination manages receivers, tocsin route which alerts they get, and
# tocsin delivery what was sent.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Psql qw(sql);
use Test::More;
use World postgres => 'any';
use Run;

my $database = Psql::installed();

sub tool { return tocsin('-d', $database, @_) }
sub query { return sql($_[0], dbname => $database) }

# What a command prints as JSON.
sub got
{
    my @words = @_;
    my $run = tool(@words, '--json');
    is($run->{status}, 0, "@words") or diag($run->{err});
    return json_of($run);
}

sub row
{
    my ($name, $column) = @_;
    return query("select $column from tocsin_internal.destination"
            . " where name = '$name'");
}

# Destinations: add.
my $url = 'https://hooks.example.org/T0/secret';
my $run = tool(qw(destination add ops-chat --slack), $url);
says($run, qr/^ *name +ops-chat$/m, 'add says the name');
like($run->{out}, qr{^ *address +https://hooks\.example\.org$}m,
    'and scheme and host of the address');
unlike($run->{out} . $run->{err}, qr{/secret}, 'and no secret');
is(row('ops-chat', "format || ' ' || gap"), 'slack 00:00:05',
    'slack is a format for people');
is(row('ops-chat', 'address'), $url, 'the address is kept');
is(got(qw(destination add duty --mail), 'a@example.org,b@example.org')
        ->{kind}, 'mail', 'mail');
is(got(qw(destination add script --command page-me))->{address}, 'page-me',
    'command');
$run = tool(qw(destination add hook --webhook https://example.org/in --json));
my $hook = json_of($run);
is($hook->{format}, 'standard', 'webhook');
like($hook->{secret}, qr{^whsec_[\w+/]{43}=$}, 'which has a secret');
says(tool(qw(destination rotate-secret hook)),
    qr/^ *secret, shown only once +whsec_/m, 'as is said of it');
got(qw(destination add full --webhook https://example.org/d --format discord),
    '--header', 'X-Key:  {{secret.key}} ', '--header', 'X-Empty:',
    '--pin', 'sha256//' . 'A' x 43 . '=', qw(--timeout 30s --in-flight 2
    --gap 1m --gap-max 1h --per-hour 7 --give-up-after 2d --hours 08:00-18:00
    --hours-urgency high --zone Europe/Berlin --forget-resolved yes
    --fallback duty --fallback-after 10m --days), '1,2,5');
is( row('full',
        'row(format, headers, pin is not null, timeout, in_flight_max, gap,'
            . ' gap_max, per_hour, give_up_after, hours_from, hours_to,'
            . ' hours_days, hours_zone, hours_urgency, forget_resolved,'
            . " fallback_id = '"
            . row('duty', 'destination_id')
            . "', fallback_after)"),
    '(discord,"{""X-Key"": ""{{secret.key}}"", ""X-Empty"": """"}",t,00:00:30'
        . ',2,00:01:00,01:00:00,7,"2 days",08:00:00,18:00:00,"{1,2,5}",'
        . 'Europe/Berlin,high,t,t,00:10:00)',
    'every option is stored');

# What is refused.
my @hook = qw(x --webhook https://example.org/);
for (
    [ 1, qr/there is a destination hook already/, 'hook', @hook[ 1, 2 ] ],
    [ 1, qr/a name must be 1 to 64 letters/, 'a b', @hook[ 1, 2 ] ],
    [ 1, qr/must be like duty\@example\.org/, qw(x --mail nobody) ],
    [ 1, qr{must be like https://}, qw(x --webhook ftp://example.org/) ],
    [ 1, qr/there is no format nosuch/, @hook, qw(--format nosuch) ],
    [ 1, qr/there is no destination 'nobody'/, @hook, qw(--fallback nobody) ],
    [ 1, qr/timeout is 1 to 60 seconds/, @hook, qw(--timeout 2m) ],
    [ 1, qr/relay_allow = 10\.1\.2\.3 in the conf/,
        qw(x --webhook https://10.1.2.3:8443/a) ],
    [ 1, qr/127\.0\.0\.1 is private/, qw(x --slack http://2130706433/) ],
    [ 1, qr/relay_allow = ::1 /, qw(x --webhook https://[::1]/) ],
    [ 1, qr/is private: it needs relay_allow = \S+ in the conf/,
        qw(x --webhook https://localhost/) ],
    [ 1, qr/http:\/\/ to a public address: it needs relay_plain_http = yes/,
        qw(x --webhook http://192.0.2.1/) ],
    [ 1, qr/169\.254\.169\.254 is link-local, multicast or reserved/,
        qw(x --webhook https://169.254.169.254/latest) ],
    [ 2, qr/--timeout must be a time/, @hook, qw(--timeout soon) ],
    [ 2, qr/--hours must be like/, @hook, qw(--zone UTC --hours 8) ],
    [ 2, qr/--hours needs a --zone/, @hook, qw(--hours 08:00-18:00) ],
    [ 2, qr/--days must be like/, @hook, qw(--days monday) ],
    [ 2, qr/--header must be like/, @hook, qw(--header X-Key) ],
    (   map { [ 2, qr/header cannot be named "\Q$_\E"/, @hook, '--header',
                    "$_: x" ] }
            qw(Content-Type user-agent Host webhook-id Webhook-Timestamp a@b)
    ),
    [ 2, qr/only one of/, @hook, qw(--mail a@example.org) ],
    [ 2, qr/needs one of/, 'x' ],
    [ 2, qr/takes one NAME/, @hook[ 1, 2 ] ],
    [ 2, qr/takes no --grace/, @hook, qw(--grace 1h) ])
{
    my ($status, $says, @words) = @$_;
    refuses(tool(qw(destination add), @words), $status, $says, "add @words");
}
is(query("select count(*) from tocsin_internal.destination where name = 'x'"),
    0, 'nothing of that is stored');
$run = tool(qw(-o relay_allow=10.0.0.0/8 destination add inside --webhook
    https://10.1.2.3/));
says($run, qr/inside/, 'what the configuration allows is taken');
$run = tool(qw(-o relay_proxy=http://proxy.example.org destination add proxied
    --webhook https://10.1.2.3/));
says($run, qr/proxied/, 'as is what a proxy is to reach');
refuses(tool(qw(-o relay_allow=10.0.0.0/99 destination add x --webhook
        https://10.1.2.3/)), 3, qr/relay_allow: /, 'a broken configuration');
refuses(tool('destination', @$_), 2, qr/^usage: tocsin destination/,
    "destination @$_") for [], ['sing'];

# Look at them.
is_deeply([ sort map { "$_->{name} $_->{kind}" } @{ got(qw(destination list)) }
    ],
    [ 'duty mail', 'full webhook', 'hook webhook', 'inside webhook',
        'ops-chat webhook', 'proxied webhook', 'script command' ],
    'list as JSON');
$run = tool(qw(destination list));
says($run, qr/^NAME +KIND +FORMAT +ADDRESS .*\nduty +mail +- /,
    'list for people');
is(got('destination', 'show', $hook->{destination_id})->{name}, 'hook',
    'show finds an id');
ok(!exists got(qw(destination show hook))->{secret}, 'and shows no secret');
refuses(tool(qw(destination show nobody)), 1, qr/no destination 'nobody'/,
    'an unknown name');

# Change them.
got(qw(destination set full --name fuller --address https://example.org/e
    --format slack --per-hour), '', '--hours', '', '--header', '', '--fallback',
    '');
is( row('fuller',
        'row(address, format, headers, per_hour, hours_from, hours_zone,'
            . ' fallback_id, hours_urgency)'),
    '(https://example.org/e,slack,{},,,,,high)',
    'set changes what it is given');
refuses(tool(qw(destination set fuller --address https://192.168.0.1/)), 1,
    qr/relay_allow = 192\.168\.0\.1/, 'a new address is judged, too');
refuses(tool(qw(destination set fuller --address https://localhost/)), 1,
    qr/is private: it needs relay_allow/, 'and what a name leads to');
refuses(tool(qw(destination set fuller --address http://192.0.2.1/)), 1,
    qr/it needs relay_plain_http = yes/, 'and http://');
refuses(tool(qw(destination set fuller --slack https://example.org/)), 2,
    qr/set takes no --slack/, 'the kind is not changed');
isnt(got(qw(destination rotate-secret hook))->{secret}, $hook->{secret},
    'the secret is another one');
is(row('hook', 'previous_secret_expires_at - now() > interval \'23 hours\''),
    't', 'and the previous one counts for a day');
got(qw(destination rotate-secret hook --grace 0));
is(row('hook', 'previous_secret_expires_at > now()'), 'f', 'or not at all');
refuses(tool(qw(destination rotate-secret duty)), 1, qr/are not signed/,
    'a mail has no secret');
ok(!got(qw(destination disable hook))->{enabled}, 'disable');
ok(got(qw(destination enable hook))->{enabled}, 'enable');
my $test = got(qw(destination test hook))->{delivery_id};
is(query("select notice from tocsin_internal.delivery"
            . " where delivery_id = $test"),
    'test', 'a test is due');
says(tool(qw(destination remove fuller)), qr/^removed$/, 'remove');
refuses(tool(qw(destination remove fuller)), 1, qr/no destination/,
    'it is gone');
refuses(tocsin('-d', "dbname=$database user=tocsin_web",
        qw(destination list)), 6, qr/permission denied/,
    'the responder may not list them');

# Routes: add.
my $app = got(qw(integration add app))->{integration_id};
my $all = got(qw(route add all --to ops-chat));
is_deeply([ @$all{qw(position urgency_min continues enabled tells)} ],
    [ 1, 'low', JSON::PP::false, JSON::PP::true, 'ops-chat' ],
    'a route without options takes all');
my $db = got(qw(route add database --first --continue --tag db --tag), 'a "b\\',
    '--urgency', 'high', '--integration', $app, '--incident', '--title-like',
    'disk%', '--to', 'ops-chat', '--then', 'duty=10m', '--then', 'hook=30m',
    '--repeat', 'hook=15m,4', '--until', 'hook=resolved', '--untold',
    'duty=acknowledged', '--untold', 'duty=resolved');
is_deeply(
    [   @$db{qw(position tags urgency_min integration_id incident_only
            title_like continues)}
    ],
    [ 1, '{db,"a \"b\\\\"}', 'high', $app, JSON::PP::true, 'disk%',
        JSON::PP::true ],
    'every option is stored');
is($db->{tells},
    'ops-chat, duty after 10m, hook after 30m every 15m 4 times until resolved',
    'and is told to people');
is_deeply(
    [   map { [ @$_{qw(to after_seconds until repeat_seconds repeat_max
                    tell_acknowledged tell_resolved)} ] } @{ $db->{steps} }
    ],
    [   [ 'ops-chat', 0, 'acknowledged', undef, 10, (JSON::PP::true) x 2 ],
        [ 'duty', 600, 'acknowledged', undef, 10, (JSON::PP::false) x 2 ],
        [ 'hook', 1800, 'resolved', 900, 4, (JSON::PP::true) x 2 ]
    ],
    'as are the steps');
is(got(qw(route add nobody))->{tells}, undef, 'a route need tell nobody');

# What is refused.
for (
    [ 1, qr/there is a route all already/, 'all' ],
    [ 1, qr/a name must be 1 to 64 letters/, 'a b' ],
    [ 1, qr/no destination 'nobody'/, qw(x --to nobody) ],
    [ 1, qr/no integration 'int_x'/, qw(x --integration int_x) ],
    [ 1, qr/silent is told to nobody/, qw(x --urgency silent) ],
    [ 1, qr/repeat max is 1 to 1000/, qw(x --to duty --repeat),
        'duty=1h,0' ],
    [ 2, qr/--then must be like/, qw(x --then duty) ],
    [ 2, qr/--to must be like/, qw(x --to duty=10m) ],
    [ 2, qr/--then needs a time/, qw(x --then duty=soon) ],
    [ 2, qr/--repeat needs a time/, qw(x --to duty --repeat duty=) ],
    [ 2, qr/no --to or --then before it names "hook"/,
        qw(x --to duty --repeat hook=1h) ],
    [ 1, qr/until is acknowledged or resolved/,
        qw(x --to duty --until duty=open) ],
    [ 1, qr/no option tell_open/, qw(x --to duty --untold duty=open) ],
    [ 2, qr/there are 2 statuses/, qw(x --to duty),
        ('--untold', 'duty=a') x 3 ],
    [ 2, qr/32 steps at most/, 'x', ('--to', 'duty') x 33 ],
    [ 2, qr/takes one NAME/ ],
    [ 2, qr/takes no --title/, qw(x --title a) ])
{
    my ($status, $says, @words) = @$_;
    refuses(tool(qw(route add), @words), $status, $says, "add @words");
}
refuses(tool(qw(route remove all --json)), 2, qr/takes no --json/,
    'an option of another command');

# Look at them.
is(join(' ', map { $_->{name} } @{ got(qw(route list)) }),
    'database all nobody', 'list as JSON, in their order');
says(tool(qw(route list)),
    qr/^PLACE +NAME .* TELLS\n +1 +database +app .* ops-chat, duty after/,
    'list for people');
my @why = map { "$_->{route}: $_->{why}" } @{ got(qw(route explain)) };
is_deeply(\@why,
    [ 'database: the urgency is lower', 'all: matches',
        'nobody: an earlier route ended the search' ],
    'explain says why');
my @taken = grep { $_->{is_taken} } @{
    got(qw(route explain --tag db --tag), 'a "b\\', '--urgency', 'critical',
        '--incident', '--title', 'disk full', '--integration', $app) };
is(join(' ', map { "$_->{destination}:$_->{after_seconds}" } @taken),
    'ops-chat:0 duty:600 hook:1800 ops-chat:0', 'and what steps do');
got('send', 'create', $app, '--title', 'Down');
my $alert = query('select id from tocsin.alerts where title = \'Down\'');
says(tool('route', 'explain', $alert), qr/^all +yes +matches +1 +ops-chat +0/m,
    'of an alert that is there');
refuses(tool(qw(route explain 00000000-0000-7000-8000-000000000000)), 1,
    qr/there is no alert/, 'one that is not');
refuses(tool('route', 'explain', $alert, '--incident'), 2,
    qr/one ALERT, or options/, 'not both');

# Change them.
is(got(qw(route move database 9))->{position}, 3, 'move');
refuses(tool(qw(route move database 0)), 1, qr/must be 1 or more/,
    'no such place');
refuses(tool(qw(route move database)), 2, qr/a NAME and a PLACE/,
    'a place is needed');
ok(!got(qw(route disable all))->{enabled}, 'disable');
ok(got(qw(route enable all))->{enabled}, 'enable');
says(tool(qw(route remove nobody)), qr/^removed$/, 'remove');
refuses(tool(qw(route remove nobody)), 1, qr/no route 'nobody'/, 'it is gone');

# Deliveries.
my ($first) = @{ got(qw(delivery list --destination hook)) };
is_deeply([ @$first{qw(delivery_id notice status)} ], [ $test, 'test', 'due' ],
    'list as JSON: the test');
says(tool(qw(delivery list)),
    qr/^ID +CREATED +DESTINATION +.*\n.*Down\n *$test +.* hook +test +due /,
    'list for people');
query('select tocsin_internal.tick_outbox(now(), 200),'
        . ' tocsin_internal.tick_escalations(now(), 200)');
my ($told) = @{ got('delivery', 'list', '--alert', $alert) };
is_deeply([ @$told{qw(destination notice title)} ],
    [ 'ops-chat', 'created', 'Down' ], 'those of an alert');
my $told_id = $told->{delivery_id};
is_deeply(got('delivery', 'show', $told_id), $told, 'show one');
is(scalar @{ got(qw(delivery list --waiting)) }, 2, 'what waits');
is(scalar @{ got(qw(delivery list --waiting --limit 1)) }, 1, 'one of them');
is(scalar @{ got(qw(delivery list --dead)) }, 0, 'nothing is dead');
is(scalar @{ got('delivery', 'list', @$_) }, 2, "@$_")
    for [qw(--since 1h)], [qw(--since 2026-01-31T08:00Z)];
is(scalar @{ got('delivery', 'list', @$_) }, 0, "@$_")
    for [qw(--until 1h)], [ '--since', '2999-01-01 00:00+00' ];
is(got('delivery', 'cancel', $test, $told_id)->{delivery_count}, 2, 'cancel');
is(got('delivery', 'show', $test)->{status}, 'cancelled', 'they are');
is(got('delivery', 'retry', $test)->{delivery_count}, 1, 'retry one');
query("update tocsin_internal.delivery set state = 'dead', reason = 'x'"
        . " where delivery_id = $test");
is(got(qw(delivery list --dead))->[0]{reason}, 'x', 'one is dead');
says(tool(qw(delivery retry --dead)), qr/^ *deliveries +1$/m, 'retry the dead');
is(got(qw(delivery replay --destination ops-chat --since 1h))
        ->{delivery_count}, 1, 'replay tells again');
is(got(qw(delivery replay --destination ops-chat --since 3h --until 2h))
        ->{delivery_count}, 0, 'of a time only');
is(got('delivery', 'show', $told_id)->{notice_id}, $told->{notice_id},
    'under the same id');
for (
    [ 1, qr/there is no delivery 0/, qw(show 0) ],
    [ 1, qr/invalid input syntax/, qw(list --since lately) ],
    [ 1, qr/must end after it begins/,
        qw(replay --destination hook --since 1h --until 2h) ],
    [ 1, qr/no destination 'nobody'/,
        qw(replay --destination nobody --since 1h) ],
    [ 2, qr/needs --destination and --since/, qw(replay --since 1h) ],
    [ 2, qr/IDs or --dead/, 'retry' ],
    [ 2, qr/IDs or --dead/, qw(retry 1 --dead) ],
    [ 2, qr/takes IDs/, 'cancel' ],
    [ 2, qr/takes no --dead/, qw(cancel 1 --dead) ])
{
    my ($status, $says, @words) = @$_;
    refuses(tool('delivery', @words), $status, $says, "delivery @words");
}

# What check says of them.
mkdir "$DIR/commands" or die "no directory: $!\n";
chmod 0755, "$DIR/commands";
write_file('commands/page-me', "#!/bin/sh\n", 0755);
my @mended = (
    '-o', 'relay_allow = 10.0.0.0/8',
    '-o', "relay_commands = $DIR/commands",
    '-o', 'mail_from = tocsin@example.org',
    '-o', 'sendmail = /bin/sh');
my $needy = write_file('needy', "other = x\n", 0600);
like(tool(@mended, 'check')->{out},
    qr/^ok +outgoing +\d deliveries are waiting$/m,
    'check counts what waits');
for (
    [ qr/destination inside: 10\.1\.2\.3 is private: it needs relay_allow/ ],
    [ qr/mails to send, but no sender address: set mail_from/ ],
    [ qr{"/none" cannot be executed: install .* or set sendmail or smtp_url},
        @mended, '-o', 'sendmail = /none' ],
    [ qr/smtp_user cannot log in: .* relay_secrets is not set/, @mended,
        '-o', 'smtp_url = smtp://mail.example.org', '-o', 'smtp_user = me' ],
    [ qr/destination script: command "page-me": relay_commands is not set/ ],
    [ qr{relay_commands, "/none": No such file}, @mended,
        '-o', 'relay_commands = /none' ],
    [ qr{destination script: command "page-me" in "/bin": No such file},
        @mended, '-o', 'relay_commands = /bin' ],
    [ qr{could not read relay_secrets, "/none": No such file}, @mended,
        '-o', 'relay_secrets = /none' ],
    [ qr/relay_start has no effect without a spool: set spool/, @mended,
        '-o', 'relay_start = yes' ])
{
    my ($finding, @options) = @$_;
    like(tool(@options, 'check')->{out}, qr/^warn +outgoing +.*$finding/m,
        "check finds: $finding");
}
unlike(tool(@mended, '-o', 'sendmail = /none', '-o',
        'smtp_url = smtp://mail.example.org', 'check')->{out},
    qr/^warn +outgoing/m, 'with a server, no program is needed');
got(qw(destination add needy --webhook), 'https://example.org/{{secret.key}}');
like(tool(@mended, @$_, 'check')->{out},
    qr/^warn +outgoing +destination needy: .*(?:no secret "key"|is not set)$/m,
    'and a secret that is missing') for [], ['-o', "relay_secrets = $needy"];
says(tool(qw(destination remove needy)), qr/^removed$/, 'which is mended');

# Whether the relay may do what it does, by the configuration alone.
{
    local $ENV{TOCSIN_DATABASE} = "dbname=$database";
    for (
        [ 'tocsin_relay', qr/ok +outgoing +\d/ ],
        [ 'tocsin_web', qr/warn\ +outgoing\ +tocsin-relay\ would\ log\ in\ as
                \ tocsin_web,\ which\ may\ not\ send:\ set\ relay_database/x ],
        [ 'nobody_here', qr/warn\ +outgoing\ +tocsin-relay\ cannot\ use\ the
                \ database:\ .*role\ "nobody_here"\ does\ not\ exist/x ])
    {
        my ($user, $finding) = @$_;
        like(tocsin(@mended, '-o',
                "relay_database = dbname=$database user=$user", 'check')->{out},
            qr/^$finding/m, "check finds what $user may");
    }
    local $ENV{TOCSIN_DATABASE} = "dbname=$database user=tocsin_web";
    like(tocsin('check')->{out}, qr/would log in as tocsin_web, which may not/,
        'also of a relay that nobody gave a database and nobody has seen');
}
query("insert into tocsin_internal.delivery (destination_id, notice, notice_id,"
        . ' urgency, created_at, due_at, expires_at) select destination_id,'
        . " 'test', gen_random_uuid(), 'low', now() - interval '5 min', now(),"
        . ' now() from tocsin_internal.destination');
my $missed = qr/^warn +outgoing .*no relay has been seen for 120 s/m;
like(tool('check')->{out}, $missed, 'and tells that no relay sends it');
my $hello = 'select tocsin_api.relay_hello($$01980000-0000-7000-8000-'
    . '000000000001$$, $$h$$, 1, $$v$$, tocsin_api.clock_us() + %d * 1000000)';
query(sprintf $hello, 1);
my $checked = tool('check');
unlike($checked->{out}, $missed, 'unless there is one');
like($checked->{out}, qr/^ok +relay +tocsin-relay v on h, process 1, started /m,
    'which it names');
query(sprintf $hello, 60);
like(tool('check')->{out},
    qr/^warn +relay .*; its clock is 60 s ahead .*: see tocsin-relay\(8\)$/m,
    'and warns of its clock');
query("update tocsin_internal.delivery set state = 'dead', reason = 'x'"
        . " where delivery_id = $test");
query("update tocsin_internal.destination_state set broken_since = now()"
        . " where destination_id = '$hook->{destination_id}'");
$checked = tool('check');
like($checked->{out}, qr/^warn +outgoing +1 deliveries are dead/m,
    'what is dead');
like($checked->{out}, qr/^warn +outgoing +destination hook is broken/m,
    'and which destination is broken');
is($checked->{status}, 0, 'which stops no event');

done_testing();
