#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# The buttons of the board do what a sender may do, for requests from its own
# pages alone.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use World postgres => 'own', front => 'lighttpd-spawn',
    settings => 'board = on; board_actions = on', qw(await);
use Http;
use Psql;
use Run qw(operator);
use Test::More;

my $FORM = 'application/x-www-form-urlencoded';
my $int = integration(name => 'buttons', token => 'secret');
operator(qw(board on));

# A new alert of this Id; its id.
sub opened
{
    my ($external_id) = @_;
    my $answer = post(
        $int,
        { event_type => 'create', Id => $external_id, Title => 'a title' },
        headers => [ 'pagertree-token' => 'secret' ]);
    accepted($answer, 'created', "an alert of Id $external_id");
    return $answer->{json}{alert_id};
}

# The token of a page, or undef.
sub token
{
    my ($id) = @_;
    my $answer = Http::get("board/alert/$id");
    return $answer->{body} =~ /name="token" value="([^"]+)"/ ? $1 : undef;
}

# What pressing a button of an alert is answered.
sub press
{
    my ($id, $verb, $token, %o) = @_;
    return request(
        POST => "board/alert/$id/$verb",
        body => $o{body} // "token=$token",
        headers => [
            Http::authorization(),
            'Content-Type' => $o{type} // $FORM,
        ],
        %o);
}

sub status
{
    my ($id) = @_;
    return value("select status from tocsin.alerts where id = :'id'",
        id => $id);
}

my $odd = "odd \"Id\" \\ <b> \x{1f525} &";
my $id = opened($odd);
my $page = Http::get("board/alert/$id");
my @forms = $page->{body} =~ m{action="([^"]+)"}g;
is_deeply(
    [ map { m{/(\w+)$} } @forms ],
    [ 'acknowledge', 'resolve' ],
    'an open alert has two buttons');
my $token = token($id);
like($token, qr/^[0-9a-f]{64}$/, 'with a token');

# Who does not come from our page.
is(request(POST => "board/alert/$id/resolve", body => "token=$token",
        headers => [ 'Content-Type' => $FORM ])->{status},
    401, 'a button wants the password too');
is(press($id, 'resolve', '')->{status}, 403, 'an empty token is refused');
is(press($id, 'resolve', '', body => '')->{status}, 403, 'none is, too');
is(press($id, 'resolve', '0' x 64)->{status}, 403, 'and a made up one');
is(press($id, 'resolve', substr $token, 0, 63)->{status}, 403,
    'and a part of the right one');
is(press($id, 'resolve', "${token}0")->{status}, 403, 'and more than it');
is(press($id, 'resolve', token(opened('another')))->{status},
    403, 'and that of another alert');
is(press($id, 'resolve', $token, type => 'text/plain')->{status},
    415, 'only a form will do');
is(press($id, 'resolve', '', body => 'x' x 5000 . "&token=$token")->{status},
    413, 'and a small one');
is(press($id, 'create', $token)->{status}, 303, 'what moves nothing');
is(press($id, 'delete', $token)->{status}, 303, 'or is no verb');
is(status($id), 'open', 'does nothing');
is(Http::get("board/alert/$id/resolve")->{status}, 405,
    'a button is not there to be looked at');
is(Http::get("board/alert/$id/resolve")->{headers}{allow}, 'POST',
    'but to be pressed');
is(press('01a207d1-29d7-76e9-bbce-bb1b11b20d5a', 'resolve', $token)
        ->{status},
    404, 'of an alert that is not there neither is the button');

# Who does.
my $answer = press($id, 'acknowledge', $token);
is($answer->{status}, 303, 'a press leads away from the form');
is($answer->{headers}{location}, "../../../board/alert/$id",
    'back to the page');
is(status($id), 'acknowledged', 'and the alert is acknowledged');
$page = Http::get("board/alert/$id");
unlike($page->{body}, qr{/acknowledge"}, 'the button for that is gone');
like($page->{body}, qr{/resolve"}, 'the other is there');
is(press($id, 'acknowledge', $token)->{status}, 303,
    'who presses an old page is led to the new one');
is(press($id, 'resolve', token($id))->{status}, 303, 'the other button');
is(status($id), 'resolved', 'resolves it');
unlike(Http::get("board/alert/$id")->{body}, qr/<form/,
    'and nothing is left to be done');
is_deeply(
    rows('select event_type, outcome, source, remote_addr, external_id'
            . " from tocsin.events where alert_id = :'id' order by id",
        id => $id),
    [
        {
            event_type => 'create',
            outcome => 'created',
            source => 'webhook',
            remote_addr => '127.0.0.1',
            external_id => $odd,
        },
        {
            event_type => 'acknowledge',
            outcome => 'acknowledged',
            source => 'board',
            remote_addr => '127.0.0.1',
            external_id => $odd,
        },
        {
            event_type => 'resolve',
            outcome => 'resolved',
            source => 'board',
            remote_addr => '127.0.0.1',
            external_id => $odd,
        },
    ],
    'the log says that it was the board, and nothing else happened');

# The Id is alive again: a page of the alert before must not touch it.
my $token_before = token(opened('again'));
my $before = value("select id from tocsin.alerts where external_id = 'again'");
press($before, 'resolve', $token_before);
is(status($before), 'resolved', 'an alert is resolved');
my $after = opened('again');
is(press($before, 'resolve', $token_before)->{status}, 303,
    'its old page is still open somewhere');
is(status($after), 'open', 'the next alert of the Id is another one');

# A token is good for an hour at least, and not for ever.
my $third = opened('third');
my @tokens = map { $_->{board_token} }
    @{ rows("select tocsin_api.board_token(:'id')", id => $third) };
is(@tokens, 2, 'there are two tokens at a time');
is($tokens[0], token($third), 'the page has the newer one');
is(press($third, 'acknowledge', $tokens[1])->{status}, 303,
    'that of the hour before is good');
is(status($third), 'acknowledged', 'and works');
system 'psql', '-Xqc', "update tocsin_internal.setting set value = 'x'"
    . " where name = 'board_secret'";
is(press($third, 'resolve', $tokens[0])->{status}, 403,
    'with another secret the tokens are others');
isnt(token($third), $tokens[0], 'and new pages have those');

# What was refused can be seen by those who may act.
my $refused;
await(
    20,
    sub {
        post(
            $int,
            '{"Title":"</pre><script>","routing_key":"a secret",}',
            headers => [ 'pagertree-token' => 'secret' ]);
        ($refused) = @{ Http::get("board/integration/$int?format=json")
                ->{json}{refused} };
        return defined $refused;
    }) // die "nothing is kept\n";
my $path = "board/integration/$int/$refused->{id}";
like(
    Http::get("board/integration/$int")->{body},
    qr{<a href="[./]*\Q$path\E"><time},
    'the page of an integration leads to what was refused');
$page = Http::get($path);
is($page->{status}, 200, 'which has a page');
like($page->{body}, qr{<pre>\{&quot;Title&quot;:&quot;&lt;/pre&gt;&lt;scr},
    'with its body as text');
unlike($page->{body}, qr/a secret/, 'but no token');
like($page->{body}, qr/<dt>Detail<.*remove the comma/s, 'and why');
like(Http::get("$path?format=json")->{json}{body},
    qr/^\{"Title":"<\/pre>.*,\}$/, 'as JSON, too');
is(Http::get('board/integration/' . integration() . "/$refused->{id}")
        ->{status},
    404, 'another integration does not have it');
is(Http::get("board/integration/$int/" . ($refused->{id} =~ tr/0-9/1-90/r))
        ->{status},
    404, 'nor is another there');
is(request(GET => $path)->{status}, 401, 'a stranger sees none of it');

# An integration that takes nothing.
operator('integration', 'disable', $int);
$answer = press($third, 'resolve', token($third));
is($answer->{status}, 409, 'of a disabled integration nothing can be done');
like($answer->{body}, qr/until it is enabled/, 'and the page says why');
operator('integration', 'enable', $int);

# Switched off in the database there are no buttons.
operator(qw(board off));
is(press($third, 'resolve', $tokens[0])->{status}, 503,
    'switched off, no button works');
is(status($third), 'acknowledged', 'and nothing has happened');

done_testing;
