#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The board is off until it is enabled in both places; then it shows what is in
# the database, as a page, as JSON and as CSV, to those who have the password.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use World postgres => 'own', front => 'lighttpd-spawn',
    settings => 'board = on', qw(await while_frozen);
use Http;
use Psql;
use Run qw(operator);
use Test::More;
use Time::HiRes qw(time);

my $int = integration(name => 'First <one>');
my $other = integration(name => 'Other', wrapper => '/data/<event>');
integration(name => 'Quiet');
my $hour = value("select extract(minute from now()) < 58");

create($int, Id => "a$_", Title => "title $_", urgency => 'high',
    Tags => [ 'x', 'y,z', '=1' ])
    for 1 .. 4;
create($int, Id => 'a1', Title => "newer <$_>", Description => "text $_")
    for 1 .. 2;
post($int, { event_type => 'acknowledge', Id => 'a2' });
post($int, { event_type => 'resolve', Id => 'a3' });
create(
    $other,
    Id => '=cmd|x',
    Title => "=1+1,\"q\"\nline",
    Description => "a\n<b>b</b>\n",
    Meta => {
        incident => JSON::PP::true,
        incident_severity => 'SEV-1',
        incident_message => 'Join <here>',
        key => { deep => [ 1, "\x{1f525}" ] },
    });
my %id = map { $_->{external_id} => $_->{id} } @{ alerts($int) },
    @{ alerts($other) };

# Without a password nothing is to be seen, of whatever there is.
for my $path ('board', 'board/', "board/alert/$id{a1}", 'board?format=json')
{
    is(request(GET => $path)->{status}, 401, "/$path wants a password");
}
my $answer = request(
    GET => 'board',
    headers => [ Authorization => 'Basic b3BlcmF0b3I6d3Jvbmc=' ]);
is($answer->{status}, 401, 'and the right one');

# The configuration says on, the database says off.
$answer = Http::get('board');
is($answer->{status}, 503, 'what the database does not give is not there');
like($answer->{body}, qr/Its owner can run: tocsin board on/,
    'the page says what to do');
like($answer->{headers}{refresh} // '', qr/^30$/, 'and waits for it');
problem(Http::get('board?format=json'), 503, undef,
    'a program is told by a problem');
is(Http::get("board/alert/$id{a1}")->{status}, 503,
    'an alert cannot be seen either');
like(operator(qw(board status)), qr/^board in the database: off$/m,
    'the operator sees that it is off');
like(operator(qw(board on)), qr/^board in the database: on$/m,
    'he switches it on');

# The page.
$answer = Http::get('board');
is($answer->{status}, 200, 'and there it is');
is($answer->{headers}{'content-type'}, 'text/html; charset=utf-8', 'in HTML');
is($answer->{headers}{'cache-control'}, 'no-store', 'nobody may keep it');
is($answer->{headers}{'x-content-type-options'}, 'nosniff', 'or guess at it');
is($answer->{headers}{'referrer-policy'}, 'no-referrer',
    'no link tells where it was');
is($answer->{headers}{refresh}, 30, 'it loads itself again');
my $policy = $answer->{headers}{'content-security-policy'} // '';
like($policy, qr/default-src 'none'/, 'nothing is loaded or run');
like($policy, qr/frame-ancestors 'none'/, 'nobody may frame it');
unlike($policy, qr/unsafe/, 'with no exception');
unlike($answer->{body}, qr/<script/i, 'it has no script');
like($answer->{body}, qr/First &lt;one&gt;/, 'names are text');
like($answer->{body}, qr{>\Q$other\E, events in /data/&lt;event&gt;</span>},
    'and so is where a sender has its events');
my ($head) = $answer->{body} =~ m{<dl class="figures">(.*?)</dl>}s;
is_deeply([ $head =~ m{<dd>(\d+)</dd>}g ], [ 3, 1, 5 ],
    'it counts open, acknowledged and new alerts');
my @titles = $answer->{body} =~ m{class="title"[^>]*><bdi>([^<]*)</bdi>}g;
is_deeply(
    \@titles,
    [ 'title 1', 'title 4', "=1+1,&quot;q&quot;\nline", 'title 2' ],
    'it lists what is open, then what is acknowledged, oldest first');
my $words = 'last 24 hours: 5 created, 1 acknowledged, 1 resolved in all';
like($answer->{body}, qr{<svg [^>]*aria-label="Alerts in each of the $words"},
    'the chart says in words what it shows');
is(Http::get('board?refresh=off')->{headers}{refresh}, undef,
    'held, it does not load itself again');
is(Http::get('board/')->{status}, 200, 'a trailing slash is allowed');
$answer = request(HEAD => 'board', headers => [ Http::authorization() ]);
is("$answer->{status} '$answer->{body}'", "200 ''", 'HEAD has its head only');

# Heartbeats, where there are any; tick does not look at these.
unlike(Http::get('board')->{body}, qr/Heartbeats/,
    'nothing is said of heartbeats that there are not');
value("select name from tocsin_api.heartbeat_add('$_', '1 h', '1 m', '$other')")
    for qw(well late);
Psql::query('update tocsin_internal.heartbeat set late_since = now(),'
        . " armed_at = now() - interval '2 h' where name = 'late'");
like(
    Http::get('board')->{body},
    qr{<h2>Heartbeats</h2>.*pill\ hb-late">late<.*<bdi>late</bdi>.*>never<
        .*pill\ hb-new">new<.*<bdi>well</bdi>}sx,
    'those that are late come first');

# Who is told, where anybody is; no relay runs here.
for my $path ('board', "board/alert/$id{a1}") {
    unlike(Http::get($path)->{body},
        qr/<h2>Told|class="pill d-|Broken destinations/,
        "/$path says nothing of telling where nobody is told");
}
like(
    Http::get('board')->{body},
    qr{class="card\ alarm">Late\ heartbeats:\ <span\ class="tag"><bdi>late
        </bdi></span></p>\n<dl\ class="figures">}x,
    'late heartbeats are named at the top');
value("select name from tocsin_api.destination_add('duty', 'mail',"
        . " 'duty\@example.org', null)");
value("select name from tocsin_api.destination_add('boss', 'webhook',"
        . " 'https://example.org/secret', 'slack')");
value('select name from tocsin_api.route_add(\'all\','
        . ' \'[{"to": "duty"}, {"to": "boss", "after": "10 min"}]\','
        . " '{\"integration_id\": \"$int\"}')");
create($int, Id => 'told', Title => 'told');
value('select done from tocsin_api.tick(200)');
Psql::query('update tocsin_internal.destination_state'
        . ' set broken_since = now()');
$answer = Http::get('board')->{body};
like($answer,
    qr{alarm">Broken\ destinations:\ .*<bdi>boss</bdi>.*<bdi>duty</bdi>}x,
    'broken destinations are named, too');
like($answer, qr{<bdi>told</bdi></a>\n<span class="pill d-waiting">being told<},
    'an alert says that somebody is to be told');
is(scalar(() = $answer =~ /class="pill d-/g), 1, 'others have no such mark');
my ($told) = map { $_->{alert_id} } grep { $_->{title} eq 'told' }
    @{ Http::get('board?format=json')->{json}{alerts} };
$answer = Http::get("board/alert/$told")->{body};
like(
    $answer,
    qr{<h2>Told</h2>.*pill\ d-planned">planned<.*<bdi>boss</bdi></td>\n
        <td>route\ <bdi>all</bdi>,\ step\ 2</td>.*pill\ d-due">due</span>
        \ <span\ class="dim">waits\ for\ relay<.*<bdi>duty</bdi></td>\n
        <td>created\ <}sx,
    'its page says who will be told, who is to be, and what that waits for');
unlike($answer, qr/example\.org|secret/, 'but no address');
is(
    join(' ',
        map { "$_->{status} $_->{destination}" }
            @{ Http::get("board/alert/$told?format=json")
                ->{json}{alert}{told} }),
    'planned boss due duty',
    'as JSON, too');
operator(qw(send resolve), $int, qw(--id told));

# The same as JSON.
my $json = Http::get('board?format=json')->{json};
is_deeply(
    [ map { [ @$_{qw(alert_id title status urgency tags external_id)} ] }
            @{ $json->{alerts} } ],
    [ map { [ @$_{qw(id title status urgency tags external_id)} ] } @{
            rows('select id, title, status, urgency, to_jsonb(tags) as tags,'
                    . ' external_id from tocsin.open_alerts')
        } ],
    'JSON has the rows of the view of open alerts');
is($json->{alerts}[0]{duplicate_count}, 2, 'with numbers');
is($json->{counts}{live_count}, 4, 'and the figures');
is(scalar @{ $json->{hours} }, 24, 'and 24 hours');
SKIP: {
    skip 'the hour may have changed meanwhile', 1 unless $hour;
    is_deeply(
        [ @{ $json->{hours}[-1] }
                {qw(created_count acknowledged_count resolved_count)} ],
        [ 6, 1, 2 ],
        'the last of which has what happened just now');
}
my %silent =
    map { $_->{integration_name} => $_ } @{ $json->{integrations} };
is_deeply(
    [ map { $silent{$_}{silent} ? 'silent' : 'heard of' }
            'First <one>', 'Quiet' ],
    [ 'heard of', 'silent' ],
    'and who has been silent');
is_deeply([ map { "$_->{name} $_->{status}" } @{ $json->{heartbeats} } ],
    [ 'late late', 'well new' ], 'and heartbeats');
is($silent{Other}{wrapper_key}, '/data/<event>', 'and their wrapper keys');

# The same as CSV.
$answer = Http::get('board?format=csv');
like($answer->{headers}{'content-type'}, qr{^text/csv; charset=utf-8},
    'CSV has its type');
my @csv = read_csv($answer->{body});
is_deeply([ sort @{ $csv[0] } ], [ sort keys %{ $json->{alerts}[0] } ],
    'the fields are those of JSON');
is(@csv, 5, 'a line for each alert');
my %column = map { $csv[0][$_] => $_ } 0 .. $#{ $csv[0] };
is($csv[3][ $column{title} ], "'=1+1,\"q\"\nline", 'no title is a formula');
is($csv[3][ $column{external_id} ], "'=cmd|x", 'nor an Id');
is($csv[1][ $column{title} ], 'title 1', 'others are as they were');

# One alert.
$answer = Http::get("board/alert/$id{'=cmd|x'}");
is($answer->{status}, 200, 'an alert has a page');
for ('Join &lt;here&gt;', 'SEV-1', "a\n&lt;b&gt;b&lt;/b&gt;\n",
    '{&quot;deep&quot;:[1,&quot;')
{
    like($answer->{body}, qr/\Q$_\E/, "with $_");
}
unlike($answer->{body}, qr/<form/, 'and no buttons unless they are wished');
$answer = Http::get("board/alert/$id{a1}?format=json");
is_deeply(
    [ map { "$_->{event_type} $_->{outcome}" } @{ $answer->{json}{events} } ],
    [ 'create duplicate', 'create duplicate', 'create created' ],
    'as JSON, with its events, the newest first');
is($answer->{json}{alert}{title}, 'title 1', 'and the alert itself');
is_deeply(
    [ @{ $answer->{json}{alert} }{qw(latest_title latest_description)} ],
    [ 'newer <2>', 'text 2' ],
    'and the text that it was repeated with last');
like(Http::get("board/alert/$id{a1}")->{body},
    qr/Latest title.*newer &lt;2&gt;.*Latest description.*text 2/s,
    'which is on its page');
unlike(Http::get("board/alert/$id{a2}")->{body}, qr/Latest/,
    'but not on that of an alert that was not repeated');
@csv = read_csv(Http::get("board/alert/$id{a1}?format=csv")->{body});
is(@csv, 4, 'as CSV, a line for each event');
$answer = Http::get("board/alert/$id{a3}");
like($answer->{body}, qr/s-resolved/, 'a resolved alert has one, too');

# One integration, and what was refused of it; once the spool's copy has it.
ok(
    await(
        20,
        sub {
            post($int, { event_type => 'open<>', Id => 'a<b>' });
            return @{ Http::get("board/integration/$int?format=json")
                    ->{json}{refused} } > 0;
        }),
    'an integration has a page, with what was refused');
$answer = Http::get("board/integration/$int");
is($answer->{status}, 200, 'for people, too');
like($answer->{body}, qr{<h1><bdi>First &lt;one&gt;</bdi></h1>},
    'of its name');
like(
    $answer->{body},
    qr{<time [^>]*>[^<]+</time></th>\n<td>422</td>\n<td>invalid\ <span
        [^>]*>event_type\ .*</td>\n<td>/event_type</td>}x,
    'with time, status, reason and pointer');
unlike($answer->{body}, qr/a&lt;b/, 'but without its body');
$json = Http::get("board/integration/$int?format=json")->{json};
is($json->{integration}{integration_id}, $int, 'as JSON');
my $refused = $json->{refused}[0];
is_deeply([ @$refused{qw(status reason pointer dialect)} ],
    [ 422, 'invalid', '/event_type', 'pagertree' ], 'with the same');
@csv = read_csv(Http::get("board/integration/$int?format=csv")->{body});
is_deeply([ @{ $csv[1] }[ 0, 2 .. 4 ] ],
    [ @$refused{qw(id status reason pointer)} ], 'as CSV, too');
is_deeply(Http::get("board/integration/$other?format=json")->{json}{refused},
    [], 'of another nothing was refused');
like(Http::get("board/integration/$other")->{body}, qr/None is kept/,
    'which its page says');

# What is not there.
for (
    "board/integration/$int/$refused->{id}",
    'board/integration', 'board/integration/int_nosuch99',
    "board/integration/$int/x",
    'board/alert/01a207d1-29d7-76e9-bbce-bb1b11b20d5a',
    'board/alert/x',
    'board/alert',
    "board/alert/$id{a1}/x",
    "board/alert/$id{a1}/resolve",
    'board/x',
    "board/Alert/$id{a1}")
{
    is(Http::get($_)->{status}, 404, "/$_ is not there");
}
problem(Http::get('board/x?format=json'), 404, undef, 'for programs either');
for ('xml', 'JSON', '', 'json%20', 'htmlhtmlhtmlhtml') {
    $answer = Http::get("board?format=$_");
    is($answer->{status}, 406, "format '$_' is not to be had");
    like($answer->{body}, qr/html, json or csv/, 'but others are');
}
is(Http::get('board?x=format=xml&y')->{status}, 200,
    'what else stands in the query is nobody\'s business');
for ([ POST => 'board', 'GET, HEAD' ],
    [ POST => "board/alert/$id{a1}", 'GET, HEAD' ],
    [ PUT => 'board', 'GET, HEAD, POST' ])
{
    my ($method, $path, $allow) = @$_;
    $answer = request($method => $path, body => '',
        headers => [ Http::authorization() ]);
    is("$answer->{status} $answer->{headers}{allow}", "405 $allow",
        "no $method to /$path");
}

# Each link leads somewhere, whatever is before the board in the URL.
my %seen;
my @todo = ('board', 'board/', "board/alert/$id{a1}/");
while (defined(my $path = shift @todo)) {
    next if $seen{$path}++ || keys %seen > 40;
    $answer = Http::get($path);
    is($answer->{status}, 200, "/$path is there");
    push @todo, map { resolve($path, $_) }
        $answer->{body} =~ /href="([^"]*)"/g;
}
cmp_ok(scalar keys %seen, '>', 12, 'there were links to follow');

# Many are not all shown.
# The largest there can be, and the worst to be escaped.
my $large = json({
    event_type => 'create', Id => '<ID',
    Title => '"' x 1024, Description => '<' x 65_536,
    Tags => [ map { sprintf '%04d%s', $_, '"' x 251 } 1 .. 64 ],
});
my @large = map { $large =~ s/<ID/sprintf '<%1020d', $_/er } 1 .. 230;
while (my @some = splice @large, 0, 15) {
    is(post($other, '[' . join(',', @some) . ']')->{status},
        200, 'large alerts');
}
$answer = Http::get('board');
is(scalar(() = $answer->{body} =~ /class="title"/g), 200, '200 are shown');
like($answer->{body}, qr/34 more are not shown/, 'and the others counted');
is(scalar @{ Http::get('board?format=json')->{json}{alerts} },
    200, 'programs get as many');
is(scalar read_csv(Http::get('board?format=csv')->{body}), 201,
    'and as many lines');
$answer = Http::get(
    'board/alert/'
        . value('select id from tocsin.alerts where integration_id = '
            . ":'i' order by created_at desc, id desc limit 1", i => $other));
is($answer->{status}, 200, 'a large one has a page');
unlike($answer->{body}, qr/Shortened: see/, 'with all of its description');

while_frozen(
    sub {
        for ([ 'board', qr/The database does not answer/ ],
            [ "board/alert/$id{a1}", qr/The database does not answer/ ],
            [ 'board?format=json', qr/does not answer/ ])
        {
            my ($path, $why) = @$_;
            my $start = time;
            $answer = Http::get($path);
            my $took = time - $start;
            is($answer->{status}, 503, "/$path says that it cannot");
            like($answer->{body}, $why, 'and why');
            cmp_ok($took, '<', 1.5, 'and does not keep one waiting');
        }
    });
ok(await(60, sub { Http::get('board')->{status} == 200 }),
    'when the database is back the board is, too');

# Off again.
operator(qw(board off));
is(Http::get('board')->{status}, 503, 'switched off it is gone at once');

sub resolve
{
    my ($from, $link) = @_;
    return ($from =~ s/\?.*//r) . $link if $link =~ /^\?/;
    my @steps = split m{/}, "x/$from", -1;
    pop @steps;
    for my $step (split m{/}, $link) {
        $step eq '..' ? pop @steps : push @steps, $step;
    }
    shift @steps;
    return join '/', @steps;
}

# Lines of fields, by RFC 4180.
sub read_csv
{
    my ($text) = @_;
    my @lines = ([]);

    utf8::decode($text);
    while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n)/gc) {
        my $end = $3;
        push @{ $lines[-1] }, defined $1 ? $1 =~ s/""/"/gr : $2;
        push @lines, [] if $end ne ',';
    }
    pop @lines;
    is(pos($text), length $text, 'the CSV is well formed');
    return @lines;
}

done_testing;
