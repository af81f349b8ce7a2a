#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Senders cannot forge log lines: whatever the members, headers and paths of
# requests are, each request has at most one line, which is short, of printable
# ASCII, and repeats nothing of the body.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;

use Psql qw(integration query);
use Responder;
use World qw(await);

my $LINE_BYTES = 512;
my $MARK = 'm4rk';
my $FORGED = '2026-01-01T00:00:00.000Z tocsin[1] warn: forged';
my $LINE = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \ tocsin\[\d+\]\ 
    (?:debug|info|warn):\ [\x20-\x7e]*$/x;

# Bytes of UTF-8, or not.
my @NASTY = (
    "\r", "\n", "\r\n$FORGED\r\n", "\n$FORGED", "\e[31m\e]0;title\a", "\0",
    "\0\n$FORGED", "\xe2\x80\xa8$FORGED", "\xc2\x9b31m", "\xff\xfe\x9b",
    "\x7f\b\b\b", '%s%n%99999d', '\\x0a\\n\\', '"\'`$(id)', 'x' x 10_240,
    "\xf0\x9f\x98\x80" x 300);

# Where to put it.
my @MEMBERS = qw(event_type Id Title Description Tags Meta urgency dedup_keys
    extra);
my @VARIABLES = qw(CONTENT_TYPE HTTP_CONTENT_ENCODING HTTP_PAGERTREE_TOKEN
    HTTP_X_REQUEST_ID REMOTE_ADDR PATH_INFO SCRIPT_NAME QUERY_STRING
    REQUEST_METHOD CONTENT_LENGTH);

my $world = World->new;
my $integration = integration(token => 'secret', capture => 1);
my ($serial, $requests, %status, %accepted) = (0, 0);

# As JSON would have it, or as bytes that only look so.
sub quoted
{
    my ($bytes, $raw) = @_;
    $bytes =~ s/(["\\])/\\$1/g;
    $bytes =~ s/([\0-\x1f])/sprintf '\\u%04x', ord $1/ge unless $raw;
    return qq("$bytes");
}

# An event with something in the place of a member, as value and as key.
sub event
{
    my ($member, $value) = @_;
    my %event = (
        event_type => '"create"',
        Id => '"' . ++$serial . '"',
        Title => qq("$MARK"));

    $event{$member} = $member eq 'Meta' ? "{$value:$value}"
        : $member eq 'Tags' ? "[$value,$value]"
        : $value;
    return '{' . join(',', map { qq("$_":$event{$_}) } sort keys %event) . '}';
}

sub send_one
{
    my ($responder, %o) = @_;
    my $answer = $responder->post(
        integration => $integration,
        token => 'secret',
        event => event('extra', '1'),
        %o);
    $requests++;
    $status{ $answer->{status} }++;
    $accepted{ $answer->{json}{event_id} }++
        if $answer->{status} =~ /^20/;
}

sub send_all
{
    my ($responder) = @_;

    for my $nasty (@NASTY) {
        my $marked = "$MARK$nasty$MARK";
        for my $member (@MEMBERS) {
            send_one($responder,
                event => event($member, quoted($marked, $_))) for 0, 1;
        }
        send_one($responder, event => event(substr(quoted($marked), 1, -1), 1));
        send_one($responder, event => $marked);
        # Whatever a web server passes on.
        send_one($responder, variables => { $_ => $nasty }) for @VARIABLES;
        send_one($responder,
            variables => { PATH_INFO => "/$integration$nasty" });
    }
}

# With the database, without it, and with one that complains in words of its
# own, which have the title in them.
my $responder = Responder->start(world => $world);
await(10, sub { -e "$world->{spool}/integrations" }) // die "no copy\n";
send_all($responder);
query('create function public.complain() returns trigger language plpgsql as'
        . q{ $$ begin raise exception E'no\n%', new.title; end $$});
query('create trigger complain before insert on tocsin_internal.alert'
        . ' for each row execute function public.complain()');
send_one($responder, event => event('Title', quoted("$MARK$_"))) for @NASTY;
query('drop trigger complain on tocsin_internal.alert');
$responder->stop;
$responder = Responder->start(world => $world, away => 1);
send_all($responder);
$responder->stop;
ok(Responder::drain($world), 'what waited is drained');

my $log = $world->log_text;
my @lines = split /(?<=\n)/, $log;
my @odd = grep { !/$LINE/ || !/\n\z/ || length > $LINE_BYTES } @lines;
is(sprintf('%vd', $odd[0] // ''), '',
    "every line is printable ASCII of at most $LINE_BYTES bytes");
my %seen = map { $_ => 0 } keys %accepted;
$seen{$_}++ for grep { exists $seen{$_} }
    map { / event ([0-9a-f-]{36}) / ? $1 : () } @lines;
is(scalar(grep { $_ != 1 } values %seen), 0,
    'an event that was accepted has one');
my @about = grep { !/: (?:serving|drained|ending|stopp)/ } @lines;
cmp_ok(scalar @about, '<=', $requests + @NASTY,
    'and there is at most one for each request');
is((grep { /\Q$MARK/ } @lines)[0], undef, 'none repeats what was in a body');
is(scalar(grep { /\Q$FORGED/ && !/tocsin\[\d+\] .*\Q$FORGED/ } @lines), 0,
    'none is forged');
cmp_ok($requests, '>=', 500, 'many requests were made');
cmp_ok(scalar(keys %accepted), '>=', 100, 'many were accepted');
note("$requests requests, " . @lines . ' lines, '
        . join ', ', map { "$_: $status{$_}" } sort keys %status);

done_testing;
