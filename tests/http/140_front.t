#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# What a web server's shipped configuration must ensure.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Files qw(peek);
use Http;
use Psql;
use Test::More;
use Time::HiRes qw(sleep);
use World front => 'lighttpd-spawn';
use World::Front;

my $int = integration();
accepted(create($int, Id => 'x'), 'created', "$ENV{FRONT} takes an event");

# Of each responder that runs: its directory in /proc, and its user.
sub responders
{
    return map { [ "/proc/$_", (stat "/proc/$_")[4] ] }
        World::Front::running($ENV{FRONT_PROGRAM});
}

# A CGI program may be on its way out when its answer has arrived.
my @running = responders();
for (1 .. 100) {
    last if $ENV{FRONT} !~ /-cgi$/ || !@running;
    sleep 0.05;
    @running = responders();
}
if ($ENV{FRONT} =~ /-cgi$/) {
    is(@running, 0, 'no process stays after a CGI request');
} else {
    cmp_ok(scalar(@running), '>=', 1, 'a responder stays for the next one');
}
if ($ENV{FRONT} =~ /^lighttpd-spawn|socket|proxy/) {
    is(@running, 1, 'one process serves all');
}
for (@running) {
    my ($proc, $uid) = @$_;
    isnt($uid, 0, 'it does not run as root');

    # Only root can look, and only suEXEC keeps the host's settings out.
    next if $> != 0 || $ENV{FRONT} eq 'apache-htaccess' && !$ENV{FRONT_SUEXEC};
    my $environment = peek("$proc/environ") // '';
    unlike($environment, qr/(?:^|\0)TOCSIN_SPOOL=/,
        'the web server does not set what the operator\'s tool must know too');
    unlike($environment, qr/(?:^|\0)(?:PG\w+|HOME|TOCSIN_LEAKED)=/,
        'and nothing of who started the web server');
}

# While a request waits for one of mod_fcgid's processes, Apache may close a
# kept connection without an answer: none is kept.
if ($ENV{FRONT} =~ /fcgid|htaccess/) {
    my $bytes = Http::request_bytes(POST => "integration/$int",
        body => '{"event_type":"resolve","Id":"kept"}',
        headers => [ 'Content-Type' => 'application/json' ]);
    $bytes =~ s/Connection: close/Connection: keep-alive/;
    my $s = Http::open_socket();
    print {$s} $bytes;
    my $answer = Http::parse_answer(Http::read_all($s));
    is($answer->{status}, 200, 'who would keep a connection is answered');
    is($answer->{headers}{connection}, 'close', 'and it is closed');
}

# Nothing of ours is served as a file.
for my $path ('tocsin.fcgi', 'tocsin.conf', '.htaccess', 'bin/tocsin.fcgi',
    '../tocsin.conf', "tocsin.fcgi/integration/$int", 'tocsin/tocsin.fcgi',
    'tocsin.cgi', 'bin/tocsin.cgi', 'tocsin/tocsin.cgi')
{
    my $answer = request(GET => $path);
    like($answer->{status}, qr/^40[034]$/, "/$path is not served");
    unlike($answer->{body}, qr/ELF|database =/, 'nor is its content');
}
is(
    post($int, '', path => "/tocsin.fcgi/integration/$int")->{status} =~
        /^40[034]$/ ? 'refused' : 'taken',
    'refused',
    'the way around the rules is closed');

# The board asks for a password before the responder is asked.
SKIP: {
    skip 'an account has no board', 2 if $ENV{FRONT} eq 'apache-htaccess';
    my $answer = request(GET => 'board');
    is($answer->{status}, 401, 'the board asks who one is');
    like($answer->{headers}{'www-authenticate'} // '',
        qr/^Basic /, 'by a password');
}

# The sender's address is the peer's, not what a header claims.
create($int, Id => 'who');
post(
    $int,
    { event_type => 'resolve', Id => 'who' },
    headers => [ 'X-Forwarded-For' => '203.0.113.9', 'Remote-Addr' => 'x' ]);
is_deeply(
    rows("select distinct remote_addr from tocsin.events"
            . " where integration_id = :'i'", i => $int),
    [ { remote_addr => '127.0.0.1' } ],
    'the event log has the address of the peer');

# What another tocsin has sent on says so, and is refused when it goes round.
for my $hops (3, 4) {
    my $event = { event_type => 'create', Id => "hops $hops", Title => 't' };
    my $answer = post($int, $event, headers => [ 'Tocsin-Hops' => $hops ]);
    problem($answer, 422, '', 'the fourth tocsin to send it on is refused')
        if $hops > 3;
    accepted($answer, 'created', 'the third is not') if $hops <= 3;
}
is_deeply(
    rows("select flags from tocsin.alerts"
            . " where integration_id = :'i' and external_id like 'hops%'",
        i => $int),
    [ { flags => ['hops-3'] } ],
    'and its alert is flagged');

# A header that would choose a file, a program or a library.
my $answer = post(
    $int,
    { event_type => 'create', Id => 'h', Title => 't' },
    headers => [
        'Proxy' => 'http://127.0.0.1:1/', 'Ld-Preload' => '/tmp/x.so',
        'Script-Filename' => '/etc/passwd', 'Path-Info' => '/live',
        'Content_Length' => '1', 'X-Sendfile' => '/etc/passwd',
    ]);
accepted($answer, 'created', 'odd headers mean nothing');
unlike(join("\n", %{ $answer->{headers} }),
    qr/sendfile|location/i, 'and do not come back');

done_testing;
