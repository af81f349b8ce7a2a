#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# From an event to a receiver: a route leads alerts to a destination, and
# tocsin-relay, as its own role, sends there what the database has for it.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/lib";
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Test::More;
use World postgres => 'own', qw(await);
use Files qw(npm save slurp);
use Psql;
use Run qw(tocsin start finish write_file operator $DIR);
use Sink ();

my $RELAY = "$World::ROOT/build/tocsin-relay";
my ($old, $new) = ("\x01" x 24, "\x02" x 32);
my $sink = Sink->new;
my $log = "$DIR/relay.log";
my $conf = write_file('relay.conf', <<"END");
relay_database = user=tocsin_relay
relay_allow = 127.0.0.0/8
log = $log
END

my $int = integration();
sql(<<'END', address => "$sink->{base}/hook", old => unpack('H*', $old),
insert into tocsin_internal.destination
       (destination_id, name, kind, format, address, secret, previous_secret,
       previous_secret_expires_at, gap, gap_max, give_up_after)
values ('dst_abcdefghijkl', 'machine', 'webhook', 'standard', :'address',
       decode(:'new', 'hex'), decode(:'old', 'hex'), now() + interval '1 day',
       '0', '0', '72 hours');
insert into tocsin_internal.route (position, name) values (1, 'all');
insert into tocsin_internal.step (route_id, step_no, destination_id)
select route_id, 1, 'dst_abcdefghijkl' from tocsin_internal.route;
END
    new => unpack('H*', $new));
operator('set', 'notify', 'on');

# An alert of which every character is worth a look.
my $title = "disk \xF0\x9F\x94\xA5 full \xE2\x80\xA8 on \"db-1\" {{secret.x}}";
my $relay = start({ program => $RELAY }, '-c', $conf);
operator('send', 'create', $int, '--id', 'disk', '--title', $title);
my @requests;
ok(await(30, sub { @requests = $sink->requests('/hook') }),
    'a create is told') || diag(slurp($log));
operator('send', 'acknowledge', $int, '--id', 'disk');
operator('send', 'resolve', $int, '--id', 'disk');
await(30, sub { (@requests = $sink->requests('/hook')) == 3 });
is_deeply([ map { JSON::PP::decode_json($_->{body})->{type} } @requests ],
    [qw(alert.created alert.acknowledged alert.resolved)],
    'acknowledged and resolved, too, in this order');
is(JSON::PP->new->utf8->decode($requests[0]{body})->{data}{title},
    do { my $text = $title; utf8::decode($text); $text },
    'with the title, character by character');
is(scalar keys %{ { map { $_->{headers}{'webhook-id'} => 1 } @requests } },
    3, 'each under an id of its own');
await(30, sub { value(q{select count(*) = 3 from tocsin_internal.delivery
    where state = 'sent'}) eq 'true' });
is(value(q{select count(*) from tocsin_internal.delivery
    where state = 'sent'}), 3, 'and the database knows');
kill 'TERM', $relay->{pid};
is(finish($relay)->{status}, 0, 'the relay ends well');
unlike(slurp($log), qr/http:/, 'no line of its log has a URL');

# Others verify what was signed.
my @without = npm('relay', "$Bin/package.json",
    map { "$_/package.json" } qw(standardwebhooks svix));
is("@without", '', 'the verifiers are there');
utf8::decode($_->{body}) or die "not UTF-8\n" for @requests;
save("$World::ROOT/build/relay/requests",
    map { JSON::PP->new->utf8->canonical->encode($_) . "\n" } @requests);
my $secrets = join ' ',
    map { 'whsec_' . encode_base64($_, '') } $new, $old, "\x03" x 24;
my $verdicts = qx(cd $World::ROOT/build/relay &&
    NODE_PATH=node_modules node $Bin/verify.js $secrets <requests 2>&1);
is(scalar(() = $verdicts =~ /^\d (?:standardwebhooks|svix) [01] ok$/mg), 12,
    'by the new secret and by the old one') || diag($verdicts);
is(scalar(() = $verdicts =~ /^\d (?:standardwebhooks|svix) 2 (?!ok)/mg), 6,
    'and by no other');
done_testing();
