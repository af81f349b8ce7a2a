#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Refused requests are kept, whether the database is up or not, behind a
# resident responder, behind tocsin.cgi, and as CGI: none of a stranger, no
# token, and few of a flood.
use strict;
use warnings;

use FindBin qw($Bin);
use Test::More;

use lib "$Bin/lib", "$Bin/../lib";

use Cgi;
use Files qw(peek);
use Psql qw(integration value);
use Run qw(tocsin);
use World qw(await);

my $KEY = '0123456789abcdef0123456789abcdef';
my $world = World->new(thin => 1);
$world->connect_database;
$world->{integration} = integration(token => $KEY);
require Http;

# Refused requests in the spool, the newest first.
sub kept
{
    my $run = tocsin('-o', "spool=$world->{spool}", '-o',
        'spool_volatile=yes', qw(refused list --json));
    die $run->{err} if $run->{status};
    return @{ Http::read_json($run->{out}) };
}

# The status and reason of each, in their order, from the beginning on.
sub kept_reasons
{
    return join ' ', reverse map { "$_->{status}-$_->{reason}" } kept();
}

sub send_to
{
    my ($path, $body, %o) = @_;
    return Http::request(
        POST => "integration/$world->{integration}$path",
        body => $body,
        headers => [
            'Content-Type' => $o{type} // 'application/json',
            exists $o{token} ? () : ('pagertree-token' => $KEY)
        ]
    )->{status};
}

# Send what is refused; the statuses of the answers.
sub send_all
{
    my $event = '{"event_type":"create","Id":"x","Title":"t"}';
    return join ' ', send_to('', $event), send_to('', '{'),
        send_to('/nosuch', $event),
        send_to('', 'x' x 3_000_000), send_to('', '<x/>', type => 'text/xml'),
        send_to('', '{"Title":"t"}'),
        send_to('/pagerduty/v2/enqueue', qq({"routing_key":"$KEY"}),
            token => undef),
        send_to('', '{', token => undef);
}

my $KEPT = '400-bad_json 404-not_found 413-too_large 415-not_json'
    . ' 422-invalid 422-invalid';

# How long a reader may wait for what is written after the answer.
sub keeps
{
    my ($want, $name) = @_;
    my $got;
    await(10, sub { ($got = kept_reasons()) eq $want });
    is($got, $want, $name);
}

for my $front (qw(lighttpd-spawn lighttpd-cgi)) {
    $world->start_front($front);
    local $ENV{BASE_URL} = $world->{front}{url};
    is(send_all(), '200 400 404 413 415 422 400 403', "$front refuses");
    keeps($KEPT, 'and keeps, but not of strangers');
    my %large = map { $_->{status} => $_ } kept();
    is("$large{413}{kept_bytes} of $large{413}{sent_bytes}",
        '65536 of 3000000', 'of a large body the beginning');

    $world->disconnect_database;
    is(send_to('', '{"event_type":"resolve","Id":"x"}'),
        202, 'without the database an event waits');
    is(send_all(), '202 400 404 413 415 422 400 503', 'the rest is refused');
    keeps("$KEPT $KEPT", 'and kept as before');
    my @with = grep { index(peek($_), $KEY) >= 0 }
        grep { -f && !-S } glob "$world->{spool}/* $world->{spool}/*/*"
        . " $world->{front}{dir}/*.log";
    is_deeply(\@with, [], 'no token is in any file');
    my %modes = map { sprintf('%o', (stat)[2] & 07777) => 1 }
        glob "$world->{spool}/refused/*";
    is_deeply(\%modes, { 600 => 1 }, 'they are for their owner alone');
    is(sprintf('%o', (stat "$world->{spool}/refused")[2] & 07777),
        700, 'as is the directory');

    # A flood.
    my $before = kept();
    my $start = World::now();
    my %status;
    $status{ send_to('', "[$_") }++ for 1 .. 400;
    my $seconds = World::now() - $start;
    is($status{400}, 400, 'each of a flood is refused');
    cmp_ok(kept(), '<=', $before + 10 * (2 + int $seconds),
        'of which few are kept');
    cmp_ok(kept(), '<=', 100, 'and never more than are to be');
    $world->connect_database;
    is($world->stop_front, 0, 'the front ends');
}

# A disk that gets full: events go first.
SKIP: {
    skip 'only root can mount', 7 if $> != 0;
    $world->start_front('lighttpd-spawn', spool_bytes => '100m');
    local $ENV{BASE_URL} = $world->{front}{url};
    ok(
        await(
            30,
            sub {
                send_to('', 'x' x 2_000_000);
                return kept() >= 8;
            }),
        'a disk with room keeps large bodies');
    my $free = (split ' ', `df -k --output=avail $world->{spool}`)[-1];
    system('fallocate', '-l', ($free - 2000) * 1024, "$world->{spool}/fill")
        == 0 or die "could not fill the disk\n";
    $world->disconnect_database;
    is(send_to('', '{"event_type":"resolve","Id":"x"}'),
        202, 'full, it takes an event all the same');
    is(kept_reasons(), '', 'in the place of what was refused');
    is(send_to('', '{'), 400, 'what is refused then') for 1 .. 2;
    is(kept_reasons(), '', 'is not kept');
    unlink "$world->{spool}/fill";
    $world->connect_database;
    is($world->stop_front, 0, 'the front ends');
}

# As CGI, and with a limit of two.
$world->{spool} = "$world->{dir}/spool";
my %run = (world => $world, integration => $world->{integration},
    token => $KEY, conf => { keep_refused => 2 });
is(Cgi::run(%run, event => { event_type => 'resolve', Id => 'x' })->{status},
    200, 'the copy is made');
for my $body (qw([1 [2 [3)) {
    is(Cgi::run(%run, event => $body)->{status}, 400, 'CGI refuses');
}
keeps('400-bad_json 400-bad_json', 'and keeps the last two');
is(Cgi::run(%run, event => '{', away => 1)->{status},
    400, 'without the database, too');
keeps('400-bad_json 400-bad_json', 'with as many');
$run{conf} = { keep_refused => 0 };
unlink glob "$world->{spool}/refused/*";
is(Cgi::run(%run, event => '{')->{status}, 400, 'where none is to be kept');
is(kept_reasons(), '', 'none is');

done_testing;
